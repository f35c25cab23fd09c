/** Consumer projects: the repository packed as npm would publish it, installed and run elsewhere. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fullOrShort } from '../support/in-full'

export const repository = resolve(__dirname, '../..')
const installed = join(repository, 'node_modules')
const fixtures = join(__dirname, 'fixtures')

export const tsc = join(installed, 'typescript/bin/tsc')
export const jest = join(installed, 'jest/bin/jest.js')

export interface Packed {
  /** The directory for everything temporary; `discard` removes it. */
  readonly workplace: string
  /** What was built and packed: the repository, or its copy. */
  readonly source: string
  readonly tarball: string
  /** The tarball's contents, in a directory. */
  readonly contents: string
  discard(): Promise<void>
}

/**
 * Packs a copy that is built anew: it holds nothing of an earlier build. The short form packs what
 * `npm test` has just built.
 */
export async function pack(): Promise<Packed> {
  const workplace = await realpath(await mkdtemp(join(tmpdir(), 'consumers-')))
  const source = fullOrShort(join(workplace, 'source'), repository)
  if (source !== repository) {
    await copyRepository(source)
    await npm(source, 'run', 'build')
  }
  await npm(source, 'pack', '--ignore-scripts', '--pack-destination', workplace)
  const name = (await readdir(workplace)).find((file) => file.endsWith('.tgz'))
  const tarball = join(workplace, name ?? 'no tarball')
  const contents = join(workplace, 'contents')
  await unpack(tarball, contents)
  const discard = () => rm(workplace, { recursive: true, force: true })
  return { workplace, source, tarball, contents, discard }
}

/** Without what is built, and with what is installed. */
export async function copyRepository(directory: string): Promise<void> {
  await cp(repository, directory, { recursive: true, filter: isSource })
  await symlink(installed, join(directory, 'node_modules'))
}

function isSource(path: string): boolean {
  return !['node_modules', '.git', 'dist', 'coverage'].includes(basename(path))
}

async function unpack(tarball: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await run(directory, 'tar', '-xzf', tarball, '--strip-components=1')
}

/** A copy of a fixture in which nothing is installed. */
export async function emptyProject(packed: Packed, fixture: string): Promise<string> {
  const project = await mkdtemp(join(packed.workplace, `${fixture}-`))
  await cp(join(fixtures, fixture), project, { recursive: true })
  return project
}

const PEERS = ['express-session', 'mongoose', '@types/express-session', '@types/node']

/**
 * A copy of a fixture with the package installed, without the network: a real directory, so that
 * its own imports are looked up in the project, next to links to the repository's packages.
 *
 * @param aliases which of the repository's packages stands for a peer, where it is another
 */
export async function project(
  packed: Packed,
  fixture: string,
  aliases: Record<string, string> = {},
): Promise<string> {
  const directory = await emptyProject(packed, fixture)
  const modules = join(directory, 'node_modules')
  await unpack(packed.tarball, join(modules, 'express-mongoose-session'))
  for (const peer of PEERS) {
    const alias = aliases[peer]
    const target = alias ? await underItsOwnName(packed, alias, peer) : join(installed, peer)
    await mkdir(dirname(join(modules, peer)), { recursive: true })
    await symlink(target, join(modules, peer))
  }
  return directory
}

/** A copy of an aliased package: its types import it by its name, and would find the namesake. */
async function underItsOwnName(packed: Packed, alias: string, name: string): Promise<string> {
  const aliases = join(packed.workplace, 'aliases')
  const copy = join(aliases, alias, 'node_modules', name)
  if (existsSync(copy)) return copy
  await cp(join(installed, alias), copy, { recursive: true })
  const shared = join(aliases, 'node_modules')
  if (!existsSync(shared)) await symlink(installed, shared)
  return copy
}

/**
 * Adds a compiler configuration to a project: its own, with some options changed. It leaves the
 * libraries unchecked: that takes most of the time, and is done without a variant.
 */
export async function withCompilerOptions(directory: string, options: object): Promise<string> {
  const file = join(directory, 'tsconfig.variant.json')
  const compilerOptions = { skipLibCheck: true, ...options }
  await writeFile(file, JSON.stringify({ extends: './tsconfig.json', compilerOptions }))
  return file
}

/** The compiler of another version, from the registry; installed once. */
export async function typescript(packed: Packed, version: string): Promise<string> {
  const directory = join(packed.workplace, `typescript-${version}`)
  if (!existsSync(directory)) {
    await mkdir(directory)
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
    await npm(directory, 'install', ...quiet, '--prefix', directory, `typescript@${version}`)
  }
  return join(directory, 'node_modules/typescript/bin/tsc')
}

/** Runs a script with Node, as a process of its own that has to end by itself. */
export function node(directory: string, script: string, ...args: string[]): Promise<string> {
  return run(directory, process.execPath, script, ...args)
}

export function npm(directory: string, ...args: string[]): Promise<string> {
  return run(directory, 'npm', ...args)
}

/** Resolves to what the command printed, where it exited with 0. */
function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  // A consumer is not part of this test run; it only knows where the server is
  const { NODE_ENV: _, JEST_WORKER_ID: __, ...env } = process.env
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const end = error.killed ? 'did not end' : `ended with ${error.code}`
      reject(new Error(`${[command, ...args].join(' ')} ${end}\n${stdout}\n${stderr}`))
    })
  })
}
