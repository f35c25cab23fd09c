/** "Did you mean …?" for an option that does not exist. */

/** What other stores call it, and what it is here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ttl: 'use `expires`, in milliseconds',
  mongoUrl: 'use `uri`',
  mongoUri: 'use `uri`',
  url: 'use `uri`',
  connectionString: 'use `uri`',
  mongooseConnection: 'use `connection`',
  mongoose: 'use `connection`, which also takes a Mongoose',
  client: 'use `connection`, a Mongoose connection',
  clientPromise: 'use `connection`, a Mongoose connection in any state',
  db: 'use `databaseName`, or `connection`',
  dbName: 'use `databaseName`',
  database: 'use `databaseName`',
  collectionName: 'use `collection`',
  mongoOptions: 'use `connectionOptions`',
  autoRemoveInterval: 'use `removeInterval`, in milliseconds',
  autoIndex: 'use `createIndexes`',
  stringify: 'leave it out; sessions are stored as BSON, and JSON strings are read',
  serialize: 'use `codec`',
  unserialize: 'use `codec`',
  crypto: 'use `encryption: { secrets: […] }`; docs/migration.md has how stored sessions are kept',
  cryptoAdapter: 'use `encryption: { secrets: […] }`, or `codec`; see docs/migration.md',
  secret:
    "use `encryption: { secrets: […] }` to encrypt; the cookie's is an option of express-session",
  secrets: 'use `encryption: { secrets: […] }`',
  transformId: 'leave it out; session ids are stored as they are',
  timestamps: 'use `model`, with a schema that has timestamps',
  writeOperationOptions: 'set the write concern on the connection',
}

/** What the caller probably meant, as advice; undefined where nothing is close. */
export function likelyOption(key: string, options: readonly string[]): string | undefined {
  if (Object.hasOwn(ELSEWHERE, key)) return ELSEWHERE[key]
  const lower = key.toLowerCase()
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(key.length / 3)) + 1
  for (const option of options) {
    const edits = distance(lower, option.toLowerCase())
    if (edits < fewest) {
      best = option
      fewest = edits
    }
  }
  return best === undefined ? undefined : `did you mean \`${best}\`?`
}

/** Levenshtein's distance: how many characters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
