/** Lets a script require the TypeScript of these tests, by dropping its types. */
const { readFileSync } = require('node:fs')
const { ModuleKind, ScriptTarget, transpile } = require('typescript')

const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, esModuleInterop: true }

require.extensions['.ts'] = (module, file) => {
  module._compile(transpile(readFileSync(file, 'utf8'), options, file), file)
}
