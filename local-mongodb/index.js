// Finds or starts a MongoDB to run tests and the example against, with nothing installed
// @ts-check
'use strict'

const { abilitiesOf } = require('./abilities')
const { directUriOf, directUriAt, addressOf, withDatabase } = require('./address')
const { isStandIn, redacted } = require('./ask')
const { findDurableServer } = require('./durable')
const { withStrictness } = require('./strict')

/** In order of preference. @type {Record<string, import('./kinds').Starter>} */
const kinds = {
  uri: require('./kinds/uri'),
  mongod: require('./kinds/mongod'),
  'memory-server': require('./kinds/memory-server'),
  jongodb: require('./kinds/jongodb'),
  ferretdb: require('./kinds/ferretdb'),
}

/** The one needs its address, and the other a minute to be built. */
const ONLY_WHEN_ASKED_FOR = ['uri', 'ferretdb']

/**
 * The names of the kinds to try. With MONGODB_URI no other: running somewhere else than where one
 * was told to would mislead.
 *
 * @returns {string[]}
 */
function kindsToTry() {
  const { LOCAL_MONGODB: forced, MONGODB_URI: uri } = process.env
  if (!forced) return uri ? ['uri'] : Object.keys(kinds).filter(isTriedUnasked)
  if (Object.hasOwn(kinds, forced)) return [forced]
  throw new Error(`LOCAL_MONGODB may be ${Object.keys(kinds).join(', ')}, but is ${forced}`)
}

/** @param {string} name */
function isTriedUnasked(name) {
  return !ONLY_WHEN_ASKED_FOR.includes(name)
}

/**
 * @param {import('./index.d.ts').StartOptions} [options]
 * @returns {Promise<import('./index.d.ts').LocalMongoDB>}
 */
async function startMongoDB({ log = () => {} } = {}) {
  const names = kindsToTry()
  const { LOCAL_MONGODB_STRICT: strict } = process.env
  const failures = []
  for (const name of names) {
    try {
      const started = await kinds[name]({ log, only: names.length === 1 })
      const { uri, kind, mongod, release } = strict
        ? await withStrictness(started, strict)
        : started
      /** @type {Promise<void> | undefined} */
      let stopped
      const stop = () => {
        stopped ??= release()
        return stopped
      }
      return { uri, kind, mongod, isStandIn: await isStandIn(uri), stop }
    } catch (error) {
      const failure = `${name}: ${redacted(error)}`
      failures.push(failure)
      log(failure)
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
  abilitiesOf,
  directUriOf,
  directUriAt,
  addressOf,
  withDatabase,
}

if (require.main === module) require('./command-line')(process.argv[2], startMongoDB)
