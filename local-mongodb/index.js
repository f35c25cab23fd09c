// Finds or starts a MongoDB to run tests and the example against, with nothing installed
// @ts-check
'use strict'

const { detectAbilities } = require('./abilities')
const {
  primaryUri,
  directUri,
  hostAddressOf,
  withDatabase,
  messageWithoutCredentials,
} = require('./connection-string')
const { findDurableServer } = require('./durable-server')
const { isStandIn } = require('./server-info')
const { startStrictProxy } = require('./strict')

/** In order of preference. @type {Record<string, import('./providers').Provider>} */
const providers = {
  uri: require('./providers/uri'),
  mongod: require('./providers/mongod'),
  'memory-server': require('./providers/memory-server'),
  jongodb: require('./providers/jongodb'),
  ferretdb: require('./providers/ferretdb'),
}

/** `uri` needs MONGODB_URI, and `ferretdb` a minute for its build. */
const ONLY_ON_REQUEST = ['uri', 'ferretdb']

/**
 * The names of the providers to try. With MONGODB_URI only that server: a run on another would mislead.
 *
 * @returns {string[]}
 */
function providersToTry() {
  const { LOCAL_MONGODB: forced, MONGODB_URI: uri } = process.env
  if (!forced) return uri ? ['uri'] : Object.keys(providers).filter(isTriedByDefault)
  if (Object.hasOwn(providers, forced)) return [forced]
  throw new Error(`LOCAL_MONGODB may be ${Object.keys(providers).join(', ')}, but is ${forced}`)
}

/** @param {string} name */
function isTriedByDefault(name) {
  return !ONLY_ON_REQUEST.includes(name)
}

/**
 * @param {import('./index.d.ts').StartOptions} [options]
 * @returns {Promise<import('./index.d.ts').LocalMongoDB>}
 */
async function startMongoDB({ log = () => {} } = {}) {
  const names = providersToTry()
  const { LOCAL_MONGODB_STRICT: strict } = process.env
  const failures = []
  for (const name of names) {
    try {
      const started = await providers[name]({ log, isOnlyProvider: names.length === 1 })
      const server = strict ? await startStrictProxy(started, strict) : started
      const { uri, description, mongod } = server
      /** @type {Promise<void> | undefined} */
      let stopped
      const stop = () => {
        stopped ??= server.stop()
        return stopped
      }
      return { uri, description, mongod, isStandIn: await isStandIn(uri), stop }
    } catch (error) {
      failures.push(`${name}: ${messageWithoutCredentials(error)}`)
    }
  }
  throw new Error(
    [
      'No MongoDB found, and none could be started.',
      names.includes('uri')
        ? 'Correct MONGODB_URI, or unset it to have one started.'
        : 'Set MONGODB_URI to the address of one, or install mongod so that it is on the PATH.',
      'Tried:',
      ...failures.map((failure) => `- ${failure}`),
    ].join('\n'),
  )
}

module.exports = {
  startMongoDB,
  findDurableServer,
  detectAbilities,
  primaryUri,
  directUri,
  hostAddressOf,
  withDatabase,
}

if (require.main === module) require('./cli')(process.argv[2], startMongoDB)
