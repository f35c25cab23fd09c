/** Starts the app on a MongoDB, and on Ctrl-C ends everything that it started. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MongoDBStore } from 'express-mongoose-session'
import { startMongoDB } from 'local-mongodb'
import mongoose from 'mongoose'
import { createApp } from './app.js'

const port = Number(process.env.PORT || 3000)
const secret = process.env.SESSION_SECRET || randomBytes(32).toString('hex')

/** How to end what has been started, in the order of the starts. */
const ends: (() => Promise<unknown>)[] = []
let ending: Promise<void> | undefined

try {
  await start()
  // npm passes on a Ctrl-C that the terminal has sent already, so that it may come twice
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
} catch (error) {
  console.error(explanationOf(error))
  process.exitCode = 1
  await end()
}

async function start(): Promise<void> {
  const mongodb = await startMongoDB({ log: console.log }) // an app of yours has its MongoDB
  ends.push(() => mongodb.stop())

  await mongoose.connect(mongodb.uri)
  ends.push(() => mongoose.disconnect())

  const store = new MongoDBStore({ connection: mongoose.connection, touchAfter: 60_000 })
  ends.push(() => store.close())

  const server = createApp({ store, secret }).listen(port)
  await once(server, 'listening')
  ends.push(() => close(server))

  const { port: actualPort } = server.address() as AddressInfo
  console.log(`http://localhost:${actualPort} · sessions in ${mongodb.kind}`)
  if (process.env.SESSION_SECRET) return
  console.log('SESSION_SECRET is not set: a random one signs the cookies until the app ends')
}

function end(): Promise<void> {
  ending ??= endAll()
  return ending
}

async function endAll(): Promise<void> {
  for (const endOne of ends.reverse()) await endOne()
}

/** Requests under way have two seconds to finish. */
async function close(server: Server): Promise<void> {
  server.close()
  setTimeout(() => server.closeAllConnections(), 2000).unref()
  await once(server, 'close')
}

function explanationOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isPortTaken = 'code' in error && error.code === 'EADDRINUSE'
  return isPortTaken ? `Port ${port} is taken: PORT=${port + 1} npm run example` : error.message
}
