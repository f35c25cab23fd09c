/** A store on a connection that nobody opens, and that nobody asks for anything. */
const mongoose = require('mongoose')
const { MongoDBStore } = require('../../..')

mongoose.set('bufferTimeoutMS', 600_000)
new MongoDBStore({ connection: mongoose.createConnection() })
