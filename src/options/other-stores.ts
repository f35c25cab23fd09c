/** Hints for users of other stores: where their options are here, and how to create the store. */

/** What to use instead of other stores' options, which are in lower case without `_`. */
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
  'omit it; sessions are stored as BSON, and JSON strings can be read': 'stringify',
  'use `codec`': 'serialize unserialize',
  'use `encryption: { secrets: […] }`; see docs/migration.md in the package':
    'crypto cryptoadapter secret secrets',
  'use `model`, with a schema that has timestamps': 'timestamps',
  'set the write concern on the connection': 'writeoperationoptions',
}

/** `: ` and what to use instead of an unknown option, if there is something. */
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

/** Sails, for one, passes its whole session configuration to a store. */
export function assertNotOfMiddleware(names: readonly string[]): void {
  const found = names.filter((name) => OF_EXPRESS_SESSION.test(name))
  if (found.length < 2) return
  const what = `\`${found.join('`, `')}\` are options of express-session, not of its store`
  throw new TypeError(`${what}: only pass the store's, such as \`uri\` and \`collection\``)
}

/** connect-mongo up to 3 returns its class from `MongoStore(session)`; a callback has no `Store`. */
export function assertNotSession(value: unknown): void {
  if (typeof (value as { Store?: unknown } | undefined)?.Store !== 'function') return
  throw new TypeError('MongoDBStore is already the class: write `new MongoDBStore({ … })`')
}
