/** Suggests what to write in place of an option that does not exist. */

const FIND = 'in docs/migration.md in the package'

/** The options of other stores, in their many spellings, each with what to do instead. */
const OPTIONS_ELSEWHERE = byName({
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

/** The connection options of earlier drivers and Mongooses, each with what has replaced it. */
const FORMER_CONNECTION_OPTIONS = byName({
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

/** Whether it is one of the options that every tutorial once had; no driver since 4.0 reads them. */
export function hasNoEffect(name: string): boolean {
  return name === 'useNewUrlParser' || name === 'useUnifiedTopology'
}

/**
 * Advice on what the caller probably meant; undefined if no option is close.
 * @param isConnectionOption whether Mongoose or the driver has the option
 */
export function likelyOption(
  name: string,
  options: readonly string[],
  isConnectionOption: (name: string) => boolean,
): string | undefined {
  const elsewhere = OPTIONS_ELSEWHERE.get(normalized(name))
  if (elsewhere !== undefined) return elsewhere
  const respelled = options.find((option) => normalized(option) === normalized(name))
  if (respelled !== undefined) return `did you mean \`${respelled}\`?`
  const former = FORMER_CONNECTION_OPTIONS.get(normalized(name))
  if (former !== undefined)
    return `options of the connection go into \`connectionOptions\`; ${former}`
  return isConnectionOption(name)
    ? `use \`connectionOptions: { ${name} }\``
    : closest(name, options)
}

/** As `likelyOption`, for a name within `connectionOptions`. */
export function likelyConnectionOption(
  name: string,
  options: readonly string[],
): string | undefined {
  return FORMER_CONNECTION_OPTIONS.get(normalized(name)) ?? closest(name, options)
}

function closest(name: string, options: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const [best] = options
    .map((option) => ({ option, distance: distance(normalized(name), normalized(option)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return best && `did you mean \`${best.option}\`?`
}

/** The length of the longer text without the common beginning and the common end. */
function distance(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end
}

/** `mongo_url`, `mongoURL` and `MONGO_URL` become the same. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

/** @param namesByAdvice names separated by spaces, keyed by their advice */
function byName(namesByAdvice: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(namesByAdvice).flatMap(([advice, names]) =>
      names.split(' ').map((name): [string, string] => [normalized(name), advice]),
    ),
  )
}
