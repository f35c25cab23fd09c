// Checks the declaration files, and a program that uses them, with one combination's types
// @ts-check
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { ROOT, runCommand } = require('./run-command')

/**
 * @param {string} folder of the installed versions
 * @returns {Promise<string[]>} tsc's errors in this package's files
 */
async function typeErrors(folder) {
  const installed = path.join(folder, 'node_modules')
  const project = path.join(folder, 'tsconfig.json')
  const config = {
    extends: path.join(ROOT, '__tests__/tsconfig.json'),
    compilerOptions: {
      rootDir: '/',
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      paths: {
        mongoose: [path.join(installed, 'mongoose')],
        'express-session': [path.join(installed, '@types/express-session')],
        'express-mongoose-session': [path.join(ROOT, 'dist')],
      },
    },
    include: [],
    // The built files, as users have them
    files: [
      'dist/index.d.ts',
      'dist/index.d.mts',
      '__tests__/package/fixtures/typescript-require/index.ts',
      '__tests__/package/fixtures/typescript-require/library.ts',
    ].map((file) => path.join(ROOT, file)),
  }
  fs.writeFileSync(project, JSON.stringify(config))
  const tsc = [process.execPath, require.resolve('typescript/bin/tsc')]
  const { code, output } = await runCommand([...tsc, '--project', project, '--pretty', 'false'])
  const errors = output.split('\n').filter((line) => /error TS\d+/.test(line))
  // Errors in libraries do not count
  const ours = errors.filter((line) => !line.includes('node_modules'))
  return code !== 0 && errors.length === 0 ? [output] : ours
}

module.exports = { typeErrors }
