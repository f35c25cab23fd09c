// The tests as ever, on the versions in MATRIX_FOLDER
'use strict'

const path = require('node:path')

const ever = require('../jest.config')

const installed = (name) => path.join(process.env.MATRIX_FOLDER, 'node_modules', name)

/** @type {import('jest').Config} */
module.exports = {
  ...ever,
  rootDir: path.join(__dirname, '..'),
  // Types are checked apart, by tsc
  transform: {
    ...ever.transform,
    '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json', diagnostics: false }],
  },
  moduleNameMapper: {
    ...ever.moduleNameMapper,
    '^mongoose$': installed('mongoose'),
    '^express-session$': installed('express-session'),
  },
}
