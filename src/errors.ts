/** The store's errors: one class, with a code for each kind of failure. */
import { inspect, types } from 'node:util'
import { ADVICE_ON_OTHER_BSON, adviceOnCode, OTHER_BSON } from './server-advice'

/**
 * The codes, each with its meaning; `docs/errors.md` says what to do about each. Match on `error.code`,
 * never on the message. A failure without a code of its own, of the server or of the network, has the
 * code of the method, such as `ERR_MONGODB_STORE_GET`: `cause` has the original error.
 * @public
 */
export type MongoDBStoreErrorCode =
  /** The connection could not be opened. */
  | 'ERR_MONGODB_STORE_CONNECT'
  /** The connection in the options is closed. */
  | 'ERR_MONGODB_STORE_CONNECTION_CLOSED'
  /** The installed Mongoose, or the connection's, is too old for the store. */
  | 'ERR_MONGODB_STORE_MONGOOSE_VERSION'
  /** Connection options that have no effect any more were left out (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_CONNECTION_OPTIONS'
  /** An index could not be made, or is missing (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_INDEX'
  /** Expired sessions could not be removed (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_REMOVAL'
  /** A model that the store did not make has the model's name already. */
  | 'ERR_MONGODB_STORE_MODEL_NAME'
  /** The app's model lacks a path that the store needs. */
  | 'ERR_MONGODB_STORE_MODEL_PATHS'
  /** The store was closed before the operation. */
  | 'ERR_MONGODB_STORE_CLOSED'
  /** The session id is no string, is empty, or is not well-formed. */
  | 'ERR_MONGODB_STORE_SID'
  /** The session cannot be stored: it holds a cycle, a BigInt or a throwing getter, or is no object. */
  | 'ERR_MONGODB_STORE_SESSION'
  /** The session is over MongoDB's limit of 16 MiB for a document. */
  | 'ERR_MONGODB_STORE_SESSION_SIZE'
  /** The record under this session id is not a session, or cannot be read. */
  | 'ERR_MONGODB_STORE_RECORD'
  /** The filter for `destroyMany` or `sessions` could match other sessions than it says. */
  | 'ERR_MONGODB_STORE_FILTER'
  /** The session is stored unencrypted although the option `encryption` is set. */
  | 'ERR_MONGODB_STORE_NOT_ENCRYPTED'
  /** The session was encrypted with a secret that the store does not have. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_SECRET'
  /** The session's bytes are not those that were encrypted for this session id. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_TAMPERED'
  /** `get` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_GET'
  /** `set` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_SET'
  /** `destroy` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_DESTROY'
  /** `touch` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_TOUCH'
  /** `destroyMany` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_DESTROY_MANY'
  /** `all` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_ALL'
  /** `sessions` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_SESSIONS'
  /** `length` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_LENGTH'
  /** `clear` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_CLEAR'
  /** `recomputeFields` failed at the server, or on the way to it. */
  | 'ERR_MONGODB_STORE_RECOMPUTE_FIELDS'
  /** `close` failed: the store is closed, but its own connection may be open. */
  | 'ERR_MONGODB_STORE_CLOSE'

/**
 * Every error of the store. Neither its message nor the output of `util.inspect` ever holds session data
 * or credentials. `cause` is the original error, which may hold either.
 *
 * @example
 * ```js
 * store.on('error', (error) => {
 *   if (error.code === 'ERR_MONGODB_STORE_CONNECT') alertOps(error)
 * })
 * ```
 * @public
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

  /**
   * Leaves out the contents of the driver's errors: commands, documents, connection strings.
   * @internal
   */
  [inspect.custom](): string {
    const cause = this.cause === undefined ? '' : `, cause: ${kindOf(this.cause)}`
    return `${this.stack} { code: '${this.code}'${cause} }`
  }
}

/**
 * The server or the driver did not answer in time. The operation may have been carried out, unless the
 * message says that it was not sent.
 */
export class NoAnswerError extends Error {
  /** The operation that was not answered: settles when it has ended after all. Not enumerable. */
  declare readonly ending: Promise<unknown> | undefined

  constructor(limit: number, why?: string, ending?: Promise<unknown>) {
    super(`no answer within ${limit} ms${why === undefined ? '' : `: ${why}`}`)
    Object.defineProperty(this, 'ending', { value: ending })
  }

  override get name(): string {
    return 'NoAnswerError'
  }
}

interface ErrorLike {
  name?: unknown
  message?: unknown
  code?: unknown
  codeName?: unknown
  syscall?: unknown
  hostname?: unknown
  originalError?: unknown
}

/** Driver and Mongoose errors whose messages name hosts and time limits, never documents. */
const SPEAKS_OF_THE_CONNECTION =
  /^(Mongo(Network|NetworkTimeout|ServerSelection|TopologyClosed|NotConnected|PoolCleared|PoolClosed|WaitQueueTimeout|OperationTimeout|Parse|MissingCredentials|ClientClosed|ExpiredSession|Runtime)|MongooseServerSelection|Mongoose)Error$/

const NO_SERVER = /^Mongo(ose)?ServerSelectionError$/

/**
 * The reason for a failure, in words that are safe to log. A server's message can quote the command, and
 * with it the session, so only its code is named.
 */
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
    // A bulk write's error about one operation is no `Error`, and has no `codeName`
    const kind = isError(cause) ? (text(codeName) ?? kindOf(cause)) : 'refused by the server'
    const advice = adviceOnCode(code)
    return `${kind} (code ${code})${advice === undefined ? '' : `: ${advice}`}`
  }
  if (typeof syscall === 'string' && typeof code === 'string') {
    return `${syscall} ${code} ${text(hostname) ?? ''}`.trim()
  }
  if (typeof name === 'string' && SPEAKS_OF_THE_CONNECTION.test(name)) {
    return withoutCredentials(text(message) ?? name)
  }
  const kind = kindOf(cause)
  return kind === OTHER_BSON ? `${kind}: ${ADVICE_ON_OTHER_BSON}` : kind
}

/** Whether the driver found no server within its time limit, or got no answer from it. */
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

/** The driver replaces a server's error with code 20 by one of its own, without a code. */
function asTheServerSaid(error: unknown): unknown {
  const original = (error as ErrorLike | null | undefined)?.originalError
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

/** An app may throw data that has a `name`, which must not be shown. */
function isError(cause: unknown): cause is Error {
  return types.isNativeError(cause) || cause instanceof Error
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
