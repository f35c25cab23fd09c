// Lets plain Node require the TypeScript of src and of the tests, without a build
'use strict'

const fs = require('node:fs')
const ts = require('typescript')

/** @type {import('typescript').CompilerOptions} */
const compilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
  inlineSourceMap: true,
  ignoreDeprecations: '6.0',
}

require.extensions['.ts'] = (module, fileName) => {
  const source = fs.readFileSync(fileName, 'utf8')
  const { outputText } = ts.transpileModule(source, { fileName, compilerOptions })
  module._compile(outputText, fileName)
}
