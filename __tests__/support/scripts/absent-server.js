/** Two stores without a server: the one has a callback, the other a listener. */
const { MongoDBStore } = require('../../..')

const options = {
  uri: 'mongodb://127.0.0.1:9/test',
  connectionOptions: { serverSelectionTimeoutMS: 50 },
}
new MongoDBStore(options, (error) => {
  console.log('callback', error.code)
  const store = new MongoDBStore(options)
  store.on('error', ({ code }) => console.log('listener', code))
})
