'use strict'

const driverTransform = require('./local-mongodb/jest/driver-transform')

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  transform: {
    '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/__tests__/tsconfig.json' }],
    [driverTransform.files]: '<rootDir>/local-mongodb/jest/driver-transform.js',
  },
  transformIgnorePatterns: driverTransform.ignored,
  // By its own name, as an app requires it
  moduleNameMapper: { '^express-mongoose-session$': '<rootDir>/src' },
  // One server for the whole run: see local-mongodb/README.md
  globalSetup: '<rootDir>/local-mongodb/jest/global-setup.js',
  globalTeardown: '<rootDir>/local-mongodb/jest/global-teardown.js',
  reporters: ['default', '<rootDir>/__tests__/support/skipped-reporter.js'],
  setupFiles: ['<rootDir>/__tests__/support/keep-channels.ts'],
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/left-behind.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/example-app/dist', '/fixtures/'],
  // By itself jest leaves one core free: of two, that is half
  maxWorkers: '100%',
  // For a machine that has other work to do
  testTimeout: 90_000,
}
