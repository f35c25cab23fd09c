/** The Express app of the guide, with either major version of Express. */
import { expressVersions } from '../support/app'
import { newStore } from '../support/server'
import { keepsThePromises, SECRET } from './promises'
import { servedWithTestRoutes } from './routes'

describe.each(Object.entries(expressVersions))('in %s', (_name, express) => {
  let createApp: typeof import('./apps/express').createApp

  beforeAll(() => {
    jest.isolateModules(() => {
      jest.doMock('express', () => express) // the version in question, by the name that the app uses
      createApp = require('./apps/express').createApp
    })
  })

  keepsThePromises(async () => {
    const store = newStore()
    return { store, ...(await servedWithTestRoutes(createApp(store, SECRET))) }
  })
})
