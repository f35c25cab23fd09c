// What an app in ES modules on connect-mongodb-session has become; prints what it finds under a sid
// #region import
import connectMongoDBSession from 'express-mongoose-session'
import session from 'express-session'

const MongoDBStore = connectMongoDBSession(session)
// #endregion

const [uri, collection, sid] = process.argv.slice(2)
const store = new MongoDBStore({ uri, collection })
console.log(JSON.stringify(await store.get(sid)))
await store.close()
