/** One of several processes of an app. It sends its address to its parent, and `arrived` for each slow request. */
const express = require('express')
const session = require('express-session')
const { MongoDBStore } = require('../../..')

const { URI: uri, COLLECTION: collection, BATCHING: batching } = process.env
const batch = batching === 'not batched' ? { batch: false } : {}
const store = new MongoDBStore({ uri, collection, ...batch })
const app = express()
let waiting = []

app.post('/store/:sid/:n', async (req, res) => {
  const { sid, n } = req.params
  await store.set(sid, { cookie: {}, by: n, list: [n, n] })
  res.json({})
})
app.use(session({ secret: 'test', resave: false, saveUninitialized: false, store }))
app.get('/look', (req, res) => res.json(req.session))
app.get('/set/:key/:value', (req, res) => {
  req.session[req.params.key] = req.params.value
  res.json(req.session)
})
app.get('/slow/set/:key/:value', async (req, res) => {
  await new Promise((resolve) => {
    waiting.push(resolve)
    process.send('arrived')
  })
  req.session[req.params.key] = req.params.value
  res.json(req.session)
})
app.get('/logout', (req, res) => req.session.destroy(() => res.json({})))

process.on('message', () => {
  for (const go of waiting) go()
  waiting = []
})

const server = app.listen(0, '127.0.0.1', async () => {
  await store.ready()
  process.send(`http://127.0.0.1:${server.address().port}`)
})

process.once('disconnect', async () => {
  server.closeAllConnections()
  server.close()
  await store.close()
})
