// The app under load: Express with express-session and one of the stores, in a process of its own
// @ts-check
'use strict'

const express = require('express')
const session = require('express-session')
const { contestants } = require('./contestants')
const { serve } = require('./child-processes')
const { sampleSession } = require('./sample-session')

const HOUR = 60 * 60 * 1000

let requests = 0
/** @type {{ requests: number, cpu: NodeJS.CpuUsage } | undefined} */
let from

serve({
  async start({ contestant, uri, collection, bytes }) {
    // MemoryStore's warning is for production
    if (contestants[contestant].inMemory) console.warn = () => {}
    const { store } = await contestants[contestant].open(uri, collection)
    const app = express()
    app.use((_req, _res, next) => {
      requests++
      next()
    })
    if (store) {
      app.use(
        session({
          store,
          secret: 'bench',
          resave: false,
          saveUninitialized: false,
          rolling: true,
          cookie: { maxAge: HOUR },
        }),
      )
    }
    app.get('/login', (req, res) => {
      if (store) Object.assign(req.session, sampleSession(bytes))
      res.send('ok')
    })
    app.get('/read', (req, res) => {
      // A store that finds no session must not look fast
      res.status(!store || 'user' in req.session ? 200 : 401).send('ok')
    })
    app.get('/write', (req, res) => {
      const live = /** @type {any} */ (req.session)
      if (live) live.count++
      res.status(!live || live.count > 0 ? 200 : 401).send('ok')
    })
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
        resolve(`http://127.0.0.1:${port}`)
      })
    })
  },

  begin() {
    from = { requests, cpu: process.cpuUsage() }
  },

  /** CPU of this whole process per request, in µs, since `begin`. */
  end() {
    if (!from) throw new Error('begin first')
    const { user, system } = process.cpuUsage(from.cpu)
    return { requests: requests - from.requests, cpu: (user + system) / (requests - from.requests) }
  },
})
