/** What to write in place of an option that does not exist. */

const FIND = 'in docs/migration.md in the package'

/** What is asked for elsewhere, in one spelling of many, and what to do here. */
const ELSEWHERE = byName({
  'use `uri`':
    'url mongoUri mongoUrl mongodbUri mongodbUrl dbUri dbUrl databaseUri databaseUrl connectionUri connectionUrl connectionString',
  'use `connection`, a Mongoose connection':
    'mongooseConnection mongooseInstance client mongoClient',
  'use `connection`, which also takes a Mongoose': 'mongoose',
  'use `connection`, a Mongoose connection in any state': 'clientPromise',
  'use `databaseName`, or `connection`': 'db',
  'use `databaseName`': 'dbName database',
  'use `collection`': 'collectionName',
  'use `connectionOptions`': 'mongoOptions mongoOption mongooseOptions clientOptions driverOptions',
  'use `expires`, in milliseconds': 'ttl',
  'use `removeInterval`, in milliseconds': 'autoRemoveInterval',
  'use `autoRemove`': 'createAutoRemoveIdx',
  'use `createIndexes`': 'autoIndex',
  'leave it out; sessions are stored as BSON, and JSON strings are read': 'stringify',
  'use `codec`': 'serialize unserialize',
  [`use \`encryption: { secrets: […] }\`; how stored sessions are kept stands ${FIND}`]: 'crypto',
  [`use \`encryption: { secrets: […] }\`, or \`codec\`; how stands ${FIND}`]: 'cryptoAdapter',
  "use `encryption: { secrets: […] }` to encrypt; the cookie's is an option of express-session":
    'secret',
  'use `encryption: { secrets: […] }`': 'secrets',
  'leave it out; session ids are stored as they are': 'transformId',
  'use `model`, with a schema that has timestamps': 'timestamps',
  'set the write concern on the connection': 'writeOperationOptions',
})

/** Of earlier drivers and Mongooses: what has taken the place of a connection's option. */
const FORMER = byName({
  'use `maxPoolSize`': 'poolSize',
  'use `minPoolSize`': 'minSize',
  'use `bufferCommands`, or `bufferTimeoutMS`': 'bufferMaxEntries',
  'use `serverSelectionTimeoutMS`: for that long the driver looks for a server':
    'reconnectTries reconnectInterval numberOfRetries',
  'use `localThresholdMS`': 'acceptableLatencyMS secondaryAcceptableLatencyMS',
  'use `heartbeatFrequencyMS`': 'haInterval',
  'use `tlsCAFile`': 'sslCA',
  'use `tlsCRLFile`': 'sslCRL',
  'use `tlsCertificateKeyFile`': 'sslCert sslKey tlsCertificateFile',
  'use `tlsCertificateKeyFilePassword`': 'sslPass',
  'use `tlsAllowInvalidCertificates`, which means the opposite': 'sslValidate',
  'leave it out: what stood in it stands in `connectionOptions` itself':
    'server replset replica mongos',
  'leave it out: the driver always does': 'autoReconnect keepAlive ha connectWithNoPrimary',
  'leave it out: it says nothing any more':
    'useNewUrlParser useUnifiedTopology useCreateIndex useFindAndModify useMongoClient ' +
    'promiseLibrary domainsEnabled nativeParser logger loggerLevel validateOptions',
})

/** Options that every tutorial once had, and that no driver since 4.0 looks at. */
export function saysNothing(name: string): boolean {
  return name === 'useNewUrlParser' || name === 'useUnifiedTopology'
}

/**
 * What the caller probably meant, as advice; undefined where nothing is close.
 * @param isConnectionOption whether Mongoose or the driver has it
 */
export function likelyOption(
  name: string,
  options: readonly string[],
  isConnectionOption: (name: string) => boolean,
): string | undefined {
  const elsewhere = ELSEWHERE.get(plain(name))
  if (elsewhere !== undefined) return elsewhere
  const spelled = options.find((option) => plain(option) === plain(name))
  if (spelled !== undefined) return `did you mean \`${spelled}\`?`
  const former = FORMER.get(plain(name))
  if (former !== undefined)
    return `options of the connection go into \`connectionOptions\`; ${former}`
  return isConnectionOption(name)
    ? `use \`connectionOptions: { ${name} }\``
    : closest(name, options)
}

/** The same for one of `connectionOptions`. */
export function likelyConnectionOption(
  name: string,
  options: readonly string[],
): string | undefined {
  return FORMER.get(plain(name)) ?? closest(name, options)
}

function closest(name: string, options: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 3))
  const [best] = options
    .map((option) => ({ option, edits: distance(plain(name), plain(option)) }))
    .filter(({ edits }) => edits <= most)
    .sort((a, b) => a.edits - b.edits)
  return best && `did you mean \`${best.option}\`?`
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

/** `mongo_url`, `mongoURL` and `MONGO_URL` are one spelling. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

/** @param namesByAdvice the names of each apart by spaces */
function byName(namesByAdvice: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(namesByAdvice).flatMap(([advice, names]) =>
      names.split(' ').map((name): [string, string] => [plain(name), advice]),
    ),
  )
}
