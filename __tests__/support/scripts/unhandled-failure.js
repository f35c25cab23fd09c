/** A store without a server, a callback or a listener. */
const { MongoDBStore } = require('../../..')

new MongoDBStore({
  uri: 'mongodb://127.0.0.1:9/test',
  connectionOptions: { serverSelectionTimeoutMS: 50 },
})
setTimeout(() => {}, 5000)
