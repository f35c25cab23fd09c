/** What other stores have: their options by the names of here, and their ways to make a store. */

/** The options of other stores, in lower case without `_`, keyed by what to do instead. */
const OPTIONS_ELSEWHERE: Readonly<Record<string, string>> = {
  'use `uri`': 'url mongourl mongouri mongodburl mongodburi dburl dburi connectionstring',
  'use `connection`, a Mongoose connection in any state, or a Mongoose':
    'mongooseconnection mongoose mongooseinstance client mongoclient clientpromise db',
  'use `databaseName`': 'dbname database',
  'use `collection`': 'collectionname',
  'use `connectionOptions`': 'mongooptions mongooseoptions clientoptions',
  'use `expires`, in milliseconds': 'ttl',
  'use `removeInterval`, in milliseconds': 'autoremoveinterval',
  'use `createIndexes`': 'autoindex',
  'leave it out; sessions are stored as BSON, and JSON strings are read': 'stringify',
  'use `codec`': 'serialize unserialize',
  'use `encryption: { secrets: […] }`; see docs/migration.md in the package':
    'crypto cryptoadapter secret secrets',
  'use `model`, with a schema that has timestamps': 'timestamps',
  'set the write concern on the connection': 'writeoperationoptions',
}

/** `: ` and what to write in place of an option that does not exist, if that is known. */
export function nameHere(name: string, options: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll('_', '')
  const same = options.find((option) => option.toLowerCase() === plain)
  if (same !== undefined) return `: use \`${same}\``
  const known = Object.entries(OPTIONS_ELSEWHERE).find(([, names]) =>
    names.split(' ').includes(plain),
  )
  return known && `: ${known[0]}`
}

const OF_EXPRESS_SESSION =
  /^(adapter|cookie|genid|isSessionDisabled|name|proxy|resave|rolling|saveUninitialized|secret|store|unset)$/

/** Sails, for one, hands its whole session configuration to a store. */
export function assertNotOfMiddleware(names: readonly string[]): void {
  const found = names.filter((name) => OF_EXPRESS_SESSION.test(name))
  if (found.length < 2) return
  const what = `\`${found.join('`, `')}\` are options of express-session, and not of its store`
  throw new TypeError(`${what}: hand over the store's alone, such as \`uri\` and \`collection\``)
}

/** connect-mongo up to 3 gives its class by `MongoDBStore(session)`; a callback has no `Store`. */
export function assertNotSession(value: unknown): void {
  if (typeof (value as { Store?: unknown } | undefined)?.Store !== 'function') return
  throw new TypeError('MongoDBStore is the class already: write `new MongoDBStore({ … })`')
}
