/** The function of the guide, started again and again in a process that keeps its connection. */

import { createServer } from 'node:http'
import express from 'express'
import { withDatabase } from 'local-mongodb'
import mongoose, { type Connection } from 'mongoose'
import { countingProxy } from '../support/counting-proxy'
import { newDatabase } from '../support/example/database'
import { nodeProcess } from '../support/node-process'
import { closedLater, serverHas } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { SECRET } from './promises'

const COLD_STARTS = 25
/** As the function has it. */
const MAX_POOL_SIZE = 5

const kept = globalThis as { mongooseConnection?: Promise<Connection> | undefined }

type Handler = typeof import('./apps/serverless').default

/** Evaluates the function's module, and that of the store, as if it were the first time. */
function coldStart(): Handler {
  let handler: Handler | undefined
  jest.isolateModules(() => {
    jest.doMock('mongoose', () => mongoose) // which is what keeps the sockets
    jest.doMock('express', () => express)
    handler = require('./apps/serverless').default
  })
  return handler as Handler
}

const start = async () => {
  const proxy = closedLater(await countingProxy())
  // Other tests may have indexed the default collection of the default database in another way
  const database = closedLater(await newDatabase())
  const uri = withDatabase(proxy.uri, database.connection.name)
  closedLater({
    close: async () => {
      await (await kept.mongooseConnection)?.close()
      delete kept.mongooseConnection
    },
  })
  process.env.MONGODB_URI = uri
  process.env.SESSION_SECRET = SECRET
  let handler: Handler = coldStart()
  // As a platform does that is given a promise
  const server = createServer((req, res) => {
    handler(req, res).catch(() => res.writeHead(500).end())
  })
  const { address } = closedLater(await serve(server))
  return {
    proxy,
    uri,
    visitor: new Visitor(address),
    startAgain: () => {
      handler = coldStart()
    },
  }
}

it('a visitor is remembered over cold starts, which all share one pool of connections', async () => {
  const { proxy, visitor, startAgain } = await start()
  expect(await visitor.json('/')).toEqual({ views: 1 })
  expect(await visitor.json('/')).toEqual({ views: 2 })
  for (let views = 3; views < 3 + COLD_STARTS; views++) {
    startAgain()
    expect(await visitor.json('/')).toEqual({ views })
  }
  // An index that is still being made has the pool grow, up to its size
  expect(proxy.total).toBeGreaterThan(0)
  expect(proxy.total).toBeLessThanOrEqual(MAX_POOL_SIZE)
})

it('no start adds a listener to the connection', async () => {
  const { visitor, startAgain } = await start()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => {
    const isLackOfServer = warning.name === 'MongoDBStoreWarning' && !serverHas('ttlIndex')
    if (!isLackOfServer) warnings.push(warning)
  }
  nodeProcess.on('warning', onWarning)
  await visitor.json('/')
  const connection = (await kept.mongooseConnection) as Connection
  const listeners = () =>
    connection.eventNames().map((event) => [event, connection.listenerCount(event)])
  const before = listeners()
  for (let i = 0; i < COLD_STARTS; i++) {
    startAgain()
    await visitor.json('/')
  }
  expect(listeners()).toEqual(before)
  await new Promise(setImmediate) // Node emits warnings in the next turn
  nodeProcess.off('warning', onWarning)
  expect(warnings).toEqual([])
})

it('a start while the server is away fails its request, and the next one tries again', async () => {
  const { uri, visitor } = await start()
  process.env.MONGODB_URI = 'mongodb://127.0.0.1:9/test?serverSelectionTimeoutMS=50'
  expect(await visitor.visit('/')).toMatchObject({ status: 500 })
  process.env.MONGODB_URI = uri
  expect(await visitor.json('/')).toEqual({ views: 1 })
})
