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
    .map((option) => ({ option, differing: differing(plain(name), plain(option)) }))
    .filter(({ differing }) => differing <= most)
    .sort((a, b) => a.differing - b.differing)
  return best && `did you mean \`${best.option}\`?`
}

/** How many characters of the longer one are between what both begin with and what both end with. */
function differing(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end
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
