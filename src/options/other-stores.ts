/** Refuses the ways in which other stores are made, and says what to write instead. */

/** Other stores are called with express-session's function; a callback has no `Store`. */
export function isExpressSession(value: unknown): boolean {
  return typeof (value as { Store?: unknown } | undefined)?.Store === 'function'
}

/** The error for `new MongoDBStore(session)`: connect-mongo up to 3 gives its class by such a call. */
export function calledWithSession(): TypeError {
  return new TypeError(
    'MongoDBStore is the class already: write `new MongoDBStore({ … })`, with options in ' +
      "place of express-session; or `require('express-mongoose-session')(session)`, which gives the class",
  )
}
