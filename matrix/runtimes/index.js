// Runs a short app with the packed package on Bun and Deno, and bundled
// @ts-check
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { startMongoDB } = require('../../local-mongodb')
const { installedVersion, npmInstall } = require('../installation')
const { runCommand } = require('../run-command')

/**
 * @typedef {object} Tool
 * @property {string[]} packages the first has its version
 * @property {string[]} [bundle] bundles `app.mjs` into the folder `out`
 * @property {string} [output] the bundle's name in it; `app.mjs` by default
 * @property {string[]} [run] runs `app.mjs`
 */

const ESM_REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

/** @type {Readonly<Record<string, Tool>>} */
const TOOLS = {
  Bun: { packages: ['bun'], run: ['bun'] },
  Deno: { packages: ['deno'], run: ['deno', 'run', '--allow-all'] },
  esbuild: {
    packages: ['esbuild'],
    // biome-ignore format: as in a shell
    bundle: ['esbuild', 'app.mjs', '--bundle', '--minify', '--platform=node', '--format=esm',
      '--outfile=out/app.mjs', `--banner:js=${ESM_REQUIRE}`],
  },
  webpack: {
    packages: ['webpack@5', 'webpack-cli'],
    // biome-ignore format: as in a shell
    bundle: ['webpack', '--target=node', '--mode=production', '--entry=./app.mjs',
      '--output-path=out', '--output-filename=app.cjs'],
    output: 'app.cjs',
  },
  Rollup: {
    packages: [
      'rollup',
      ...['node-resolve', 'commonjs', 'json'].map((name) => `@rollup/plugin-${name}`),
    ],
    // biome-ignore format: as in a shell
    bundle: ['rollup', 'app.mjs', '--plugin=node-resolve={preferBuiltins:true,exportConditions:["node"]}',
      '--plugin=commonjs', '--plugin=json', '--format=esm', '--file=out/app.mjs'],
  },
  ncc: {
    packages: ['@vercel/ncc'],
    bundle: ['ncc', 'build', 'app.mjs', '--minify', '--out', 'out'],
    output: 'index.mjs',
  },
}

/** In milliseconds: an app that has not ended by then does not end by itself. */
const PATIENCE = 30_000

/**
 * @typedef {object} TestedRuntime
 * @property {string} name with its version
 * @property {string} server
 * @property {string[]} failed
 * @property {string} [skipped] why it was not run
 */

/** @param {string} wanted names, separated by commas */
function matching(wanted) {
  const all = Object.keys(TOOLS)
  return wanted.split(',').map((each) => {
    const name = all.find((name) => name.toLowerCase() === each.toLowerCase())
    if (!name) throw new Error(`--runtime takes some of ${all.join(',')}, not ${each}`)
    return name
  })
}

/**
 * @param {string} [only] some of the names, separated by commas
 * @returns {AsyncGenerator<TestedRuntime>}
 */
async function* testRuntimes(only) {
  const names = only === undefined ? Object.keys(TOOLS) : matching(only)
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'matrix-'))
  const remove = () => fs.rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove) // on Ctrl-C
  const { uri, description, stop } = await startMongoDB()
  try {
    const packed = ['npm', 'pack', '--ignore-scripts', '--pack-destination', folder]
    await expectSuccess(runCommand(packed))
    const [tarball] = fs.readdirSync(folder)
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
    const consumer = [path.join(folder, `${tarball}`), 'mongoose', 'express', 'express-session']
    await expectSuccess(npmInstall(folder, consumer))
    fs.copyFileSync(path.join(__dirname, 'app.mjs'), path.join(folder, 'app.mjs'))
    for (const name of names) yield { server: description, ...(await testTool(name, folder, uri)) }
  } finally {
    await stop()
    process.off('exit', remove)
    remove()
  }
}

/**
 * @param {string} name
 * @param {string} folder the consumer's
 * @param {string} uri
 */
async function testTool(name, folder, uri) {
  const { packages, bundle, output = 'app.mjs', run } = /** @type {Tool} */ (TOOLS[name])
  /** @param {string[]} command of a package in the folder */
  const local = ([file, ...args]) => [path.join(folder, 'node_modules/.bin', `${file}`), ...args]
  let tried = await npmInstall(folder, packages)
  if (tried.code === 0) {
    // A binary for another platform may not even start
    const noStart = (/** @type {Error} */ { message }) => ({ code: null, output: message })
    tried = await runCommand(local([`${(bundle ?? run)?.[0]}`, '--version'])).catch(noStart)
  }
  if (tried.code !== 0) {
    const [reason = `exit code ${tried.code}`] = tried.output.split('\n').filter(Boolean)
    return { name, failed: [], skipped: `cannot be installed: ${reason}` }
  }
  const version = installedVersion(folder, `${packages[0]}`.replace(/(?<=.)@.*/, ''))
  const elsewhere = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'bundle-'))
  try {
    let command = [...local(run ?? []), path.join(folder, 'app.mjs')]
    if (bundle) {
      const out = path.join(folder, 'out')
      fs.rmSync(out, { recursive: true, force: true })
      await expectSuccess(runCommand(local(bundle), {}, { cwd: folder }))
      // Where it finds no package
      fs.cpSync(out, elsewhere, { recursive: true })
      command = [process.execPath, path.join(elsewhere, output)]
    }
    const failed = []
    for (const SECRETS of ['', 'a secret of the matrix, which is long enough']) {
      const COLLECTION = `${name}${SECRETS.length}_${Date.now()}`
      const env = { MONGODB_URI: uri, COLLECTION, SECRETS }
      const { code, output } = await runCommand(command, env, { timeout: PATIENCE })
      if (code !== 0 || !output.includes('passed'))
        failed.push(`${SECRETS && 'encrypted: '}${code === null ? 'did not end: ' : ''}${output}`)
    }
    return { name: `${name} ${version}`, failed }
  } catch (error) {
    return { name: `${name} ${version}`, failed: [String(error)] }
  } finally {
    fs.rmSync(elsewhere, { recursive: true, force: true })
  }
}

/** @param {Promise<{ code: number | null, output: string }>} running */
async function expectSuccess(running) {
  const { code, output } = await running
  if (code !== 0) throw new Error(output)
}

module.exports = { testRuntimes }
