// A short app that tries the store on itself: run by other runtimes, and bundled
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import express from 'express'
import { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'

const { MONGODB_URI: uri, COLLECTION: collection, SECRETS: secrets } = process.env

const store = new MongoDBStore({ uri, collection, ...(secrets && { encryption: { secrets } }) })
const app = express()
app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store }))

/** Tells of slow requests, and lets them go on. */
const gate = new EventEmitter()

app.get('/login', (req, res) => {
  req.session.user = 'ada'
  res.json({})
})
app.get('/me', ({ session: { cookie: _, ...data } }, res) => {
  res.json(data)
})
app.get('/set/:key', async ({ session: data, params: { key } }, res) => {
  const opened = once(gate, 'open')
  gate.emit('arrived')
  await opened
  data[key] = true
  res.json({})
})
app.get('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.json({})))
})
app.use((error, _req, res, _next) => {
  console.error(error)
  res.status(500).json({})
})

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
let cookie = ''

async function visit(path) {
  const headers = { cookie, connection: 'close' }
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers })
  assert.equal(response.status, 200, path)
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
  return response.json()
}

await visit('/login')
assert.deepEqual(await visit('/me'), { user: 'ada' })

/** Visits the slow pages at once, and calls `meanwhile` when all have begun. */
async function visitSlowly(paths, meanwhile = async () => {}) {
  let count = 0
  const begun = new Promise((resolve) => {
    gate.on('arrived', () => ++count === paths.length && resolve())
  })
  const visits = paths.map(visit)
  await begun
  gate.removeAllListeners('arrived')
  await meanwhile()
  gate.emit('open')
  await Promise.all(visits)
}

await visitSlowly(['/set/cart', '/set/theme'])
const merged = await visit('/me')
// An encrypted session is one value: the last write counts
if (secrets) assert.equal(Object.keys(merged).length, 2)
else assert.deepEqual(merged, { user: 'ada', cart: true, theme: true })

await visitSlowly(['/set/late'], () => visit('/logout'))
assert.deepEqual(await visit('/me'), {})
assert.equal(await store.length(), 0)

const stored = secrets ? 'encrypted' : 'plain'
await Promise.all([store.close(), new Promise((resolve) => server.close(resolve))])
console.log(`passed, ${stored}`)
