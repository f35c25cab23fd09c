/** How a connection introduces itself in a test: every MongoDB refuses one that does not name its driver. */
import MongoStore from 'connect-mongo'
import session from 'express-session'
import { type Connection, createConnection, type mongo } from 'mongoose'
import { connectMongoClosedLater, connectMongoDBSessionClosedLater } from '../support/other-stores'
import { closedLater, newConnection, newStore, uniqueName, uri } from '../support/server'

const MongoDBSessionStore = require('connect-mongodb-session')(session)

const clients: Record<string, () => Promise<unknown>> = {
  "an app's connection": async () => (await newConnection()).getClient(),
  "a store's own connection": async () => (await newStore().ready()).connection.getClient(),
  'the connection of another Mongoose': async () => {
    const mongoose8: typeof createConnection = require('mongoose-8').createConnection
    const connection: Connection = await mongoose8(uri).asPromise()
    return closedLater(connection).getClient()
  },
  'connect-mongo': async () => {
    const store = MongoStore.create({ mongoUrl: uri, collectionName: uniqueName() })
    return (connectMongoClosedLater(store) as unknown as { clientP: Promise<unknown> }).clientP
  },
  'connect-mongodb-session': async () => {
    const store = new MongoDBSessionStore({ uri, collection: uniqueName() })
    return connectMongoDBSessionClosedLater(store).client
  },
}

it.each(Object.keys(clients))('%s names its driver', async (name) => {
  const client = (await clients[name]!()) as mongo.MongoClient
  expect(await (client.options as { metadata?: unknown }).metadata).toMatchObject({
    driver: { name: expect.stringContaining('nodejs'), version: expect.any(String) },
  })
})
