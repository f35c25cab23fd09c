/** How other stores are made, and what to write here instead. */

/** express-session's function, which others are called with; a callback has no `Store`. */
export function isExpressSession(value: unknown): boolean {
  return typeof (value as { Store?: unknown } | undefined)?.Store === 'function'
}

/** For `MongoDBStore(session)`, by which connect-mongo up to 3 gave its class. */
export function calledWithSession(): TypeError {
  return new TypeError(
    'MongoDBStore is the class already: write `new MongoDBStore({ … })`, with options in ' +
      "place of express-session; or `require('express-mongoose-session')(session)`, which gives the class",
  )
}

/** connect-mongo's way since 4: of its class, or of what its name is changed to. */
export function create(): never {
  throw new TypeError(
    'there is no `create`: write `new MongoDBStore({ uri, collection, … })`. What the options ' +
      'of connect-mongo are called here stands in docs/migration.md in the package',
  )
}
