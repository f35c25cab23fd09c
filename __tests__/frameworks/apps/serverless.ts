/** A function of a serverless platform, which keeps its connection from one start to the next. */
// #region serverless
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import mongoose, { type Connection } from 'mongoose'

// On `globalThis`, which outlives this module if a platform or a bundler evaluates it again
const kept = globalThis as { mongooseConnection?: Promise<Connection> | undefined }

function connected(): Promise<Connection> {
  kept.mongooseConnection ??= mongoose
    .createConnection(process.env.MONGODB_URI as string, { maxPoolSize: 5 })
    .asPromise()
    .catch((error) => {
      kept.mongooseConnection = undefined // the next request tries again
      throw error
    })
  return kept.mongooseConnection
}

async function createApp(): Promise<Express> {
  const store = new MongoDBStore({ connection: await connected(), awaitTouch: true })
  const app = express()
  app.use(
    session({
      store,
      secret: process.env.SESSION_SECRET as string,
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.get('/', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json({ views: req.session.views })
  })
  return app
}

let app: Promise<Express> | undefined

export default async function handler(req: IncomingMessage, res: ServerResponse): Promise<void> {
  app ??= createApp().catch((error) => {
    app = undefined
    throw error
  })
  ;(await app)(req as express.Request, res as express.Response)
}
// #endregion
