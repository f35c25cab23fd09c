/** Starts the app on a MongoDB, and on Ctrl-C ends everything that it started. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LocalMongoDB, startMongoDB } from 'local-mongodb'
import mongoose from 'mongoose'
import { createApp } from './app.js'
import { configFrom } from './config.js'
import { deliveryService } from './delivery.js'
import { portProblem } from './port-problem.js'
import { createStore, type SessionStore } from './session.js'
import { makeAdmin } from './users.js'

let server: Server | undefined
let store: SessionStore | undefined
let mongodb: LocalMongoDB | undefined
let ending: Promise<void> | undefined

let hasStarted = false

// npm passes on a Ctrl-C that the terminal has sent already, so that it may come twice
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // While it starts there is nothing to finish: a MongoDB of its own ends with the process
  process.on(signal, () => (hasStarted ? end() : process.exit()))
}

try {
  await start()
  hasStarted = true
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  await end()
}

async function start(): Promise<void> {
  const { port, isSecretRandom, deliveryAddress, adminEmail, ...options } = configFrom(process.env)
  // The store takes the connection as it is: who comes before it is open waits for that
  store = createStore(mongoose.connection)
  const askForDelivery = deliveryService(deliveryAddress)
  server = createApp({ store, askForDelivery, ...options }).listen(port)
  await once(server, 'listening').catch(async (error) => {
    throw (await portProblem(error, port)) ?? error
  })

  mongodb = await startMongoDB({ log: console.log }) // an app of yours has its MongoDB
  await mongoose.connect(mongodb.uri)
  const isAdminMissing = adminEmail && !(await makeAdmin(adminEmail))

  const { port: actualPort } = server.address() as AddressInfo
  if (options.firstIsAdmin) console.log('Who signs up first is the administrator')
  if (isAdminMissing) console.log('ADMIN_EMAIL has no account yet: sign up, and start once more')
  if (isSecretRandom) console.log('SESSION_SECRET is not set: a restart signs everybody out')
  console.log(`http://localhost:${actualPort} · sessions in ${mongodb.kind} · Ctrl-C ends it`)
}

function end(): Promise<void> {
  ending ??= endAll()
  return ending
}

async function endAll(): Promise<void> {
  if (server?.listening) await close(server)
  await store?.close()
  await mongoose.disconnect()
  await mongodb?.stop()
}

/** Requests under way have two seconds to finish. */
async function close(server: Server): Promise<void> {
  server.close()
  setTimeout(() => server.closeAllConnections(), 2000).unref()
  await once(server, 'close')
}
