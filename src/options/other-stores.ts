/** Refuses the ways in which other stores are made, and says what to write instead. */

/** Other stores are called with express-session's function; a callback has no `Store`. */
export function isExpressSession(value: unknown): boolean {
  return typeof (value as { Store?: unknown } | undefined)?.Store === 'function'
}

/** The error for `MongoDBStore(session)`: connect-mongo up to 3 gives its class this way. */
export function calledWithSession(): TypeError {
  return new TypeError(
    'MongoDBStore is the class already: write `new MongoDBStore({ … })`, with options in ' +
      "place of express-session; or `require('express-mongoose-session')(session)`, which gives the class",
  )
}

/** Stands for `MongoStore.create(…)`, connect-mongo's way since 4. */
export function create(): never {
  throw new TypeError(
    'there is no `create`: write `new MongoDBStore({ uri, collection, … })`. What the options ' +
      'of connect-mongo are called here stands in docs/migration.md in the package',
  )
}
