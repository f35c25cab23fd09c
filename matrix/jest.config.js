// The repository's jest configuration, with the peers in MATRIX_FOLDER
'use strict'

const path = require('node:path')

const base = require('../jest.config')

const installed = (name) => path.join(process.env.MATRIX_FOLDER, 'node_modules', name)

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: path.join(__dirname, '..'),
  // tsc checks the types: see check-types.js
  transform: {
    ...base.transform,
    '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json', diagnostics: false }],
  },
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^mongoose$': installed('mongoose'),
    '^express-session$': installed('express-session'),
  },
}
