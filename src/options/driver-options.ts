/** Has the driver check the uri and the connection options before connecting. */
import mongoose, { type ConnectOptions, type mongo } from 'mongoose'
import { MongoDBStoreError } from '../errors'
import { databaseName, LONGEST_TIMER } from './option-readers'

/** Options of Mongoose, which it does not pass to the driver. */
const OF_MONGOOSE =
  /^(autoCreate|autoIndex|autoSearchIndex|bufferCommands|bufferTimeoutMS|config|dbName|pass|sanitizeFilter|user)$/

/** Once in every tutorial; drivers ignore them since 4.0, and newer ones refuse them. */
const WITHOUT_EFFECT = ['useNewUrlParser', 'useUnifiedTopology']

/** Whether Mongoose or the driver has the option. */
export function isConnectionOption(name: string): boolean {
  if (OF_MONGOOSE.test(name)) return true
  try {
    new mongoose.mongo.MongoClient('mongodb://localhost', { [name]: 1 })
    return true
  } catch (error) {
    return !/ not supported$/.test((error as Error).message)
  }
}

/** The options without those that have no effect, with a warning. Throws if the driver would refuse. */
export function acceptedOptions(
  uri: string,
  given: ConnectOptions,
  warn: (warning: MongoDBStoreError) => void,
): ConnectOptions {
  const accepted: Record<string, unknown> = { ...given }
  for (const name of WITHOUT_EFFECT) delete accepted[name]
  const completed = completedByDriver(uri, accepted)
  databaseName('uri (its database)', completed.dbName)
  for (const [name, value] of Object.entries(completed)) {
    if (!name.endsWith('MS') || !(Number(value) > LONGEST_TIMER)) continue
    throw new TypeError(
      `\`${name}\` must be at most ${LONGEST_TIMER}: longer timers end at once in Node`,
    )
  }
  const leftOut = WITHOUT_EFFECT.filter((name) => name in given)
  if (leftOut.length > 0) {
    const message = `remove \`${leftOut.join('` and `')}\` from \`connectionOptions\`: drivers have ignored this since 4.0`
    warn(new MongoDBStoreError('ERR_MONGODB_STORE_CONNECTION_OPTIONS', message))
  }
  return accepted
}

/** The driver's options, including the uri's. `new MongoClient` only parses, and opens nothing. */
function completedByDriver(
  uri: string,
  options: Readonly<Record<string, unknown>>,
): mongo.MongoOptions {
  const { user, pass } = options
  const entries = Object.entries(options).filter(([name]) => !OF_MONGOOSE.test(name))
  if (user || pass) entries.push(['auth', { username: user, password: pass }])
  try {
    return new mongoose.mongo.MongoClient(uri, Object.fromEntries(entries)).options
  } catch (error) {
    const { message } = error as Error
    // All before the last `@`; without one, the hosts may be missing
    const [, credentials = ''] = /\/\/(.*@|[^/?]*)/.exec(uri) ?? []
    const values = Object.values(options).flatMap((each) => [each, ...Object.values(each ?? {})])
    // A shorter value is no secret, and could be part of any word
    const isQuoting = [...credentials.split(/[:@,/?]/), ...values].some(
      (value) => typeof value === 'string' && value.length >= 4 && message.includes(value),
    )
    const why = isQuoting ? 'the user, the password or a value is malformed' : message
    const what = entries.length > 0 ? '`uri` and `connectionOptions`' : '`uri`'
    throw new TypeError(`the driver refuses ${what}: ${why}`)
  }
}
