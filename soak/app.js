// The app of the visitors: each answer says whether the session is stored
// @ts-check
'use strict'

const { EventEmitter, once } = require('node:events')
const express = require('express')
const session = require('express-session')

/**
 * @param {any} store
 * @param {import('./checker').Checker} checker
 * @returns {Promise<SoakApp>}
 */
async function startApp(store, checker) {
  /** Events of slow requests, named by their value: it has loaded its session, it may resume. */
  const slowRequests = new EventEmitter()
  const app = express()
  // Otherwise Express prints each error
  app.set('env', 'test')
  app.use((_req, res, next) => {
    // If a session cannot be stored after the response has begun, Express ends the connection
    res.set('connection', 'close')
    next()
  })
  app.use(
    session({
      store,
      secret: 'soak',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      // Longer than the longest run
      cookie: { maxAge: 7 * 24 * 60 * 60_000 },
    }),
  )
  app.get('/login/:value', (req, res, next) => {
    req.session.regenerate((error) => (error ? next(error) : write(req, res, next)))
  })
  // The following routes need a session
  app.use((req, res, next) => {
    if (valueIn(req) === undefined) res.status(401).json({})
    else next()
  })
  app.get('/read', (req, res) => void res.json({ value: valueIn(req) }))
  app.get('/write/:value', write)
  app.get('/slow/:value', async (req, res, next) => {
    const { value } = req.params
    const resumed = once(slowRequests, `resume ${value}`)
    slowRequests.emit(`loaded ${value}`)
    await resumed
    write(req, res, next)
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({})))
  })
  app.use(answerError)

  /**
   * @param {any} error
   * @param {import('express').Request} req
   * @param {import('express').Response} res
   * @param {unknown} _next Express takes only functions with four parameters as error handlers
   */
  function answerError(error, req, res, _next) {
    const { name, code, message } = error
    if (!res.headersSent) res.status(500).json({ name, code, message })
    // Otherwise the touch failed, after the response
    else checker.findSession(store.options.collection, req.sessionID)?.touched(false)
  }

  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    collection: store.options.collection,
    address: `http://127.0.0.1:${port}`,
    slowRequestLoaded: (value) => once(slowRequests, `loaded ${value}`),
    resumeSlowRequest(value) {
      slowRequests.emit(`loaded ${value}`) // in case it failed before
      slowRequests.emit(`resume ${value}`)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Answers when the session is stored. express-session by itself stores it after the status is sent.
 *
 * @param {import('express').Request<{ value: string }>} req
 * @param {import('express').Response} res
 * @param {import('express').NextFunction} next
 */
function write(req, res, next) {
  const live = /** @type {any} */ (req.session)
  live.value = Number(req.params.value)
  live.save((/** @type {unknown} */ error) => {
    if (error) next(error)
    else res.json({ sid: req.sessionID })
  })
}

/** @param {{ session: unknown }} req @returns {number | undefined} */
function valueIn(req) {
  return /** @type {any} */ (req.session).value
}

module.exports = { startApp }

/**
 * @typedef {object} SoakApp
 * @property {string} collection
 * @property {string} address
 * @property {(value: number) => Promise<unknown>} slowRequestLoaded resolves when the slow request has loaded its session
 * @property {(value: number) => void} resumeSlowRequest
 * @property {() => Promise<void>} close
 */
