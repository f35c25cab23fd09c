/** A store whose server comes later: a TCP proxy that is not listening yet stands for it. */
const net = require('node:net')
const { once } = require('node:events')
const { directUri, hostAddressOf } = require('local-mongodb')
const { MongoDBStore } = require('../../..')

async function main() {
  const address = hostAddressOf(process.env.TEST_MONGODB_SERVER)
  const proxy = net.createServer((client) => {
    const server = net.connect(address)
    client.pipe(server).pipe(client)
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port: own } = proxy.address()
  proxy.close()
  await once(proxy, 'close')

  const store = new MongoDBStore({
    uri: directUri(process.env.TEST_MONGODB_SERVER, `127.0.0.1:${own}`),
    collection: `late_${process.pid}`,
    connectionOptions: { serverSelectionTimeoutMS: 500 },
  })
  store.on('error', () => {})
  const connected = new Promise((resolve) => store.once('connected', resolve))
  await store.get('a').catch(({ code }) => console.log('failed', code))

  proxy.listen(own, '127.0.0.1')
  await once(proxy, 'listening')
  const set = () => store.set('a', { cookie: {}, views: 1 }).catch(set)
  await set()
  const { cookie: _, ...data } = await store.get('a')
  console.log('served', JSON.stringify(data))
  await connected
  console.log('connected')
  await store.close()
  proxy.close()
}

main()
