/** Wrong options. The comment over each is what the compiler says of it: its code, where, and of what. */

import { MongoDBStore } from 'express-mongoose-session'
import mongoose from 'mongoose'

const schema = { visits: Number }

// 2353 at `ttl`: 'ttl' does not exist
new MongoDBStore({ ttl: 5 })
// 2353 at `mongoUrl`: 'mongoUrl' does not exist
new MongoDBStore({ collection: 'visits', mongoUrl: 'mongodb://localhost' })
// 2353 at `client`: 'client' does not exist
new MongoDBStore({ schema, fields: () => ({ visits: 5 }), client: mongoose.connection })
// 2322 at `collection`: Type 'number' is not assignable to type 'string'
new MongoDBStore({ uri: 'mongodb://localhost', collection: 5 })
// 2345 at `{ uri: process.env.X }`: exactOptionalPropertyTypes
new MongoDBStore({ uri: process.env.X })
// 2322 at `connection`: Type 'Promise<
new MongoDBStore({ connection: mongoose.connect('') })
// 2820 at `writes`: Did you mean '"merge"'?
new MongoDBStore({ writes: 'merged' })
// 2322 at `model`: Type 'string' is not assignable to type 'AppModel'
new MongoDBStore({ model: 'Visit' })
// 2322 at `fields`: Type 'string' is not assignable to type 'number'
new MongoDBStore({ schema, fields: () => ({ visits: 'many' }) })
// 2322 at `fields`: Types of property 'nobody' are incompatible
new MongoDBStore({ schema, fields: () => ({ nobody: 5, visits: 5 }) })
// 2339 at `nobody`: Property 'nobody' does not exist
new MongoDBStore({ schema, fields: (visit) => ({ visits: visit.nobody }) })
// 2345 at `5`: not assignable to parameter of type 'StartCallback'
new MongoDBStore({ collection: 'visits' }, 5)
