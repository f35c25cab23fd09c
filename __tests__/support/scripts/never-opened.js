/** Stores on connections that nobody opens: a get is answered in time, and close does not wait. */
const mongoose = require('mongoose')
const { MongoDBStore } = require('../../..')

mongoose.set('bufferTimeoutMS', 100)
const store = new MongoDBStore({ connection: mongoose.createConnection() })
store.get('a', async (error) => {
  console.log(error.code)
  mongoose.set('bufferTimeoutMS', 60_000)
  const other = new MongoDBStore({ connection: mongoose.createConnection() })
  await other.close()
  console.log('closed')
})
