// The app that is visited: each answer says whether the session is stored
// @ts-check
'use strict'

const { EventEmitter, once } = require('node:events')
const express = require('express')
const session = require('express-session')

/**
 * @param {any} store
 * @param {import('./ledger').Ledger} ledger
 * @returns {Promise<SoakApp>}
 */
async function startApp(store, ledger) {
  /** Requests that stand at the gate, and those that may go on, by their token. */
  const gate = new EventEmitter()
  const app = express()
  // Express does not print then what is counted here
  app.set('env', 'test')
  app.use((_req, res, next) => {
    // Where a session cannot be stored after the answer has begun, Express ends the connection
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
  // From here on only who has a session
  app.use((req, res, next) => {
    if (valueIn(req) === undefined) res.status(401).json({})
    else next()
  })
  app.get('/look', (req, res) => void res.json({ value: valueIn(req) }))
  app.get('/write/:value', write)
  app.get('/slow/:value', async (req, res, next) => {
    const { value } = req.params
    const opened = once(gate, `open ${value}`)
    gate.emit(`arrived ${value}`)
    await opened
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
   * @param {unknown} _next without which it would be no handler of errors
   */
  function answerError(error, req, res, _next) {
    const { name, code, message } = error
    if (!res.headersSent) res.status(500).json({ name, code, message })
    // Else it is the touch that has failed, of which the visitor hears nothing
    else ledger.fateOf(store.options.collection, req.sessionID)?.touched(false)
  }

  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    collection: store.options.collection,
    address: `http://127.0.0.1:${port}`,
    arrived: (value) => once(gate, `arrived ${value}`),
    open(value) {
      gate.emit(`arrived ${value}`) // where it failed before it came so far
      gate.emit(`open ${value}`)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Answers only when it is stored: what express-session stores by itself, it stores when the status
 * has been sent.
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
 * @property {(value: number) => Promise<unknown>} arrived when the slow request has loaded its session
 * @property {(value: number) => void} open lets it go on
 * @property {() => Promise<void>} close
 */
