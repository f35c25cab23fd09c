/** A store that is used and closed: nothing may keep the process alive. */
const { MongoDBStore } = require('../../..')

async function main() {
  const store = new MongoDBStore({
    uri: process.env.URI,
    collection: `end_${process.pid}`,
    autoRemove: 'interval',
  })
  await store.set('a', { cookie: {} })
  await store.close()
}

main()
