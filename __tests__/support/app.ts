/** A small Express app with sessions, on any store and either major version of Express. */
import express5 from 'express'
import session, { type SessionOptions, type Store } from 'express-session'
import { closedLater } from './server'
import { serve, Visitor } from './visitor'

declare module 'express-session' {
  interface SessionData {
    views?: number
    [key: string]: unknown
  }
}

export const expressVersions = {
  'Express 5': express5,
  'Express 4': require('express-4') as typeof express5,
}

/** Requests to `/slow…` wait here, after they have loaded their session, until it is opened. */
export class Gate {
  #awaited: { count: number; arrived: () => void }[] = []
  readonly #waiting: (() => void)[] = []

  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      for (const { count, arrived } of this.#awaited) if (this.#waiting.length >= count) arrived()
      this.#awaited = this.#awaited.filter(({ count }) => this.#waiting.length < count)
    })
  }

  /** Resolves when so many requests stand before the gate. */
  arrival(count = 1): Promise<void> {
    return this.#waiting.length >= count
      ? Promise.resolve()
      : new Promise((arrived) => this.#awaited.push({ count, arrived }))
  }

  open(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
}

export interface TestApp {
  newVisitor(): Visitor
  readonly gate: Gate
}

export async function newApp(
  store: Store,
  options: Partial<SessionOptions> = {},
  express: typeof express5 = express5,
): Promise<TestApp> {
  const gate = new Gate()
  const app = express()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store, ...options }))
  app.get('/look', (req, res) => void res.json(req.session))
  app.get('/count', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json(req.session)
  })
  app.get('/set/:key/:value', (req, res) => {
    req.session[req.params.key] = req.params.value
    res.json(req.session)
  })
  app.get('/delete/:key', (req, res) => {
    delete req.session[req.params.key]
    res.json(req.session)
  })
  app.get('/slow/set/:key/:value', async (req, res) => {
    await gate.pass()
    req.session[req.params.key] = req.params.value
    res.json(req.session)
  })
  app.get('/slow/delete/:key', async (req, res) => {
    await gate.pass()
    delete req.session[req.params.key]
    res.json(req.session)
  })
  app.get('/slow/look', async (req, res) => {
    await gate.pass()
    res.json(req.session)
  })
  app.get('/login/:user', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = req.params.user
      res.json(req.session)
    })
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})))
  })
  app.get('/logout-without-callback', (req, res) => {
    req.session.destroy(undefined as never)
    res.json({})
  })
  app.get('/reload', (req, res, next) => {
    req.session.views = -1
    req.session.reload((error) => (error ? next(error) : res.json(req.session)))
  })
  app.get('/max-age/:ms', (req, res) => {
    req.session.cookie.maxAge = Number(req.params.ms)
    res.json(req.session)
  })
  app.use(((error: Error & { code?: string }, _req, res, _next) => {
    res.status(500).json({ code: error.code, message: error.message })
  }) as express5.ErrorRequestHandler)
  const server = closedLater(await serve(app))
  return { gate, newVisitor: () => new Visitor(server.address) }
}
