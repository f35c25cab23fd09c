/** The store's errors: one class, with a code for each kind of failure. */
import { inspect, types } from 'node:util'

/**
 * The codes; `docs/errors.md` explains each and says what to do. Match on `error.code`, never on the message.
 * Any other failure, of the server or the network, has the method's code, such as `ERR_MONGODB_STORE_GET`, and
 * the original error as `cause`. @public
 */
// biome-ignore format: one line per subject
export type MongoDBStoreErrorCode = `ERR_MONGODB_STORE_${
  | 'CONNECT' | 'CONNECTION_CLOSED' | 'CONNECTION_OPTIONS' | 'MONGOOSE_VERSION' | 'CLOSE' | 'CLOSED'
  | 'INDEX' | 'REMOVAL' | 'MODEL_NAME' | 'MODEL_PATHS' | 'SID' | 'FILTER'
  | 'RECORD' | 'SESSION' | 'SESSION_SIZE' | 'NOT_ENCRYPTED' | 'ENCRYPTION_SECRET' | 'ENCRYPTION_TAMPERED'
  | 'GET' | 'SET' | 'TOUCH' | 'DESTROY' | 'DESTROY_MANY' | 'ALL' | 'SESSIONS' | 'ENDED' | 'LENGTH' | 'CLEAR'
  | 'RECOMPUTE_FIELDS'}`

/**
 * Every error of the store. Neither its message nor its `util.inspect` output ever contains session data or
 * credentials. `cause` is the original error, which may contain either. @public
 */
export class MongoDBStoreError extends Error {
  /** The kind of failure. */
  readonly code: MongoDBStoreErrorCode

  /** @internal */
  constructor(code: MongoDBStoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }

  /** Always `MongoDBStoreError`. */
  override get name(): string {
    return 'MongoDBStoreError'
  }

  /** Leaves out what the driver's errors contain: commands, documents, URIs. @internal */
  [inspect.custom](): string {
    const cause = this.cause === undefined ? '' : `, cause: ${kindOf(this.cause)}`
    return `${this.stack} { code: '${this.code}'${cause} }`
  }
}

/** The server or the driver did not answer in time. The operation may still have taken effect. */
export class NoAnswerError extends Error {
  /** The unanswered operation: settles if it ends after all. Not enumerable. */
  declare readonly ending: Promise<unknown> | undefined

  constructor(limit: number, why?: string, ending?: Promise<unknown>) {
    super(`no answer within ${limit} ms${why === undefined ? '' : `: ${why}`}`)
    Object.defineProperty(this, 'ending', { value: ending })
  }

  override get name(): string {
    return 'NoAnswerError'
  }
}

type ErrorLike = {
  readonly [P in 'name' | 'message' | 'code' | 'codeName' | 'syscall' | 'hostname']?: unknown
}

const NO_RETRYABLE_WRITES =
  'the server does not support retryable writes (a standalone, or not MongoDB itself): ' +
  'set `retryWrites=false` in the connection string'

/**
 * Advice on errors whose names do not explain them, by the driver's name or the server's code
 * (mongodb/mongo: src/mongo/base/error_codes.yml; 301 is Amazon DocumentDB's).
 */
const ADVICE: ReadonlyMap<string | number, string> = new Map<string | number, string>([
  [20, NO_RETRYABLE_WRITES],
  [301, NO_RETRYABLE_WRITES],
  [52, 'MongoDB before 5.0 accepts no key that begins with `$`'],
  [55, 'MongoDB before 5.0 accepts no key that begins with `$`, such as `$ref`, `$id` and `$db`'],
  [40573, 'change streams need a replica set or a sharded cluster'],
  [57, 'the server accepts no key that contains a `.`'],
  [
    'BSONVersionError',
    "a BSON value (such as an ObjectId) of another Mongoose version than the store's; " +
      'install a single version, or store its text',
  ],
])

/** Errors of the driver and Mongoose whose messages mention hosts and time limits, never documents. */
const SPEAKS_OF_THE_CONNECTION =
  /^(Mongo(Network|NetworkTimeout|ServerSelection|TopologyClosed|NotConnected|PoolCleared|PoolClosed|WaitQueueTimeout|OperationTimeout|Parse|MissingCredentials|ClientClosed|ExpiredSession|Runtime)|MongooseServerSelection|Mongoose)Error$/

const NO_SERVER = /^Mongo(ose)?ServerSelectionError$/

/** The reason for a failure, safe to log: a server's message, which can quote a session, is left out. */
export function describeCause(cause: unknown): string {
  if (cause instanceof MongoDBStoreError || cause instanceof NoAnswerError) return cause.message
  try {
    return describe(cause)
  } catch {
    return `a thrown ${typeof cause}` // it has a getter that throws
  }
}

function describe(given: unknown): string {
  const cause = asTheServerSaid(given)
  const { name, message, code, codeName, syscall, hostname } = (cause ?? {}) as ErrorLike
  if (typeof code === 'number') {
    // In a bulk write, the error of one operation is not an `Error`, and has no `codeName`
    const kind = isError(cause) ? (text(codeName) ?? kindOf(cause)) : 'refused by the server'
    return `${kind} (code ${code})${adviceOn(code)}`
  }
  if (typeof syscall === 'string' && typeof code === 'string') {
    return `${syscall} ${code} ${text(hostname) ?? ''}`.trim()
  }
  if (typeof name === 'string' && SPEAKS_OF_THE_CONNECTION.test(name)) {
    return withoutCredentials(text(message) ?? name)
  }
  return `${kindOf(cause)}${adviceOn(kindOf(cause))}`
}

function adviceOn(nameOrCode: string | number): string {
  return ADVICE.has(nameOrCode) ? `: ${ADVICE.get(nameOrCode)}` : ''
}

/** Whether the driver found no server in time, or got no answer from it. */
export function isAway(error: unknown): boolean {
  if (error instanceof NoAnswerError) return error.ending !== undefined
  try {
    if (error instanceof MongoDBStoreError) return error.code === 'ERR_MONGODB_STORE_CONNECT'
    return NO_SERVER.test(kindOf(error))
  } catch {
    return false // it has a getter that throws
  }
}

/** The numeric code of a server's error, even if a bulk or write error wraps it. */
export function serverCodeOf(error: unknown): number | undefined {
  const code = (asTheServerSaid(error) as ErrorLike | null | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

/** The driver replaces a server error with code 20 by its own error, without a code. */
function asTheServerSaid(error: unknown): unknown {
  const original = (error as { originalError?: unknown } | null | undefined)?.originalError
  return isError(original) ? original : error
}

/** Replaces the user name and password of every connection string in `message`. */
export function withoutCredentials(message: string): string {
  return message.replace(/(mongodb(?:\+srv)?:\/\/)[^\s"'<>]*@/gi, '$1***@')
}

function kindOf(cause: unknown): string {
  const name = isError(cause) ? text(cause.name) : undefined
  return name ?? `a thrown ${cause === null ? 'null' : typeof cause}`
}

/** An app may throw data that has a `name`, which must not leak. */
function isError(cause: unknown): cause is Error {
  return types.isNativeError(cause) || cause instanceof Error
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
