/** Starts the app with a MongoDB, and stops both on Ctrl-C. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LocalMongoDB, startMongoDB } from 'local-mongodb'
import mongoose from 'mongoose'
import { createApp } from './app.js'
import { readConfig } from './config.js'
import { deliveryService } from './delivery.js'
import { portError } from './port-error.js'
import { createStore, type SessionStore } from './session.js'
import { makeAdmin } from './users.js'

let server: Server | undefined
let store: SessionStore | undefined
let mongodb: LocalMongoDB | undefined
let stopping: Promise<void> | undefined

let hasStarted = false

// Ctrl-C may come twice: from the terminal, and passed on by npm
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // During the start there is nothing to finish: a started MongoDB ends with the process
  process.on(signal, () => (hasStarted ? stop() : process.exit()))
}

try {
  await start()
  hasStarted = true
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  await stop()
}

async function start(): Promise<void> {
  const { port, isSecretRandom, deliveryAddress, adminEmail, ...options } = readConfig(process.env)
  // The store takes a connection that is not open yet: operations wait for it
  store = createStore(mongoose.connection)
  const askForDelivery = deliveryService(deliveryAddress)
  server = createApp({ store, askForDelivery, ...options }).listen(port)
  await once(server, 'listening').catch(async (error) => {
    throw (await portError(error, port)) ?? error
  })

  mongodb = await startMongoDB({ log: console.log }) // your app has a MongoDB already
  await mongoose.connect(mongodb.uri)
  const isAdminMissing = adminEmail && !(await makeAdmin(adminEmail))

  const { port: actualPort } = server.address() as AddressInfo
  if (options.firstIsAdmin) console.log('Who signs up first is the administrator')
  if (isAdminMissing) console.log('ADMIN_EMAIL has no account yet: sign up, and start once more')
  if (isSecretRandom) console.log('SESSION_SECRET is not set: a restart signs everybody out')
  const { description, isStandIn, mongod } = mongodb
  const where = [description, mongod, isStandIn && 'which imitates MongoDB'].filter(Boolean)
  console.log(`http://localhost:${actualPort} · sessions in ${where.join(', ')} · Ctrl-C ends it`)
}

function stop(): Promise<void> {
  stopping ??= stopAll()
  return stopping
}

async function stopAll(): Promise<void> {
  if (server?.listening) await close(server)
  await store?.close()
  await mongoose.disconnect()
  await mongodb?.stop()
}

/** Gives running requests two seconds to finish. */
async function close(server: Server): Promise<void> {
  server.close()
  setTimeout(() => server.closeAllConnections(), 2000).unref()
  await once(server, 'close')
}
