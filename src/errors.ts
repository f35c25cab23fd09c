/** What goes wrong, as one error class with a code for each kind of fault. */
import { inspect, types } from 'node:util'
import { ADVICE_ON_OTHER_BSON, adviceOnCode, OTHER_BSON } from './server-advice'

/**
 * Each code with the fault it stands for; `docs/errors.md` says what to do about each. Match on
 * `error.code`, never on the message. `ERR_MONGODB_STORE_` and the name of a method is for what has
 * no code of its own, a fault of the server's or of the way to it: `cause` has the original.
 * @public
 */
export type MongoDBStoreErrorCode =
  /** The connection could not be opened. */
  | 'ERR_MONGODB_STORE_CONNECT'
  /** The connection that was handed over is closed. */
  | 'ERR_MONGODB_STORE_CONNECTION_CLOSED'
  /** The Mongoose that was found is older than the store works with. */
  | 'ERR_MONGODB_STORE_MONGOOSE_VERSION'
  /** Options of the connection say nothing any more, and were left out (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_CONNECTION_OPTIONS'
  /** An index could not be made, or is not there (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_INDEX'
  /** Expired sessions could not be removed (a `warning`, never an `error`). */
  | 'ERR_MONGODB_STORE_REMOVAL'
  /** The model's name belongs to a model that the store did not make. */
  | 'ERR_MONGODB_STORE_MODEL_NAME'
  /** The app's model lacks a path that the store needs. */
  | 'ERR_MONGODB_STORE_MODEL_PATHS'
  /** The store was closed before the operation. */
  | 'ERR_MONGODB_STORE_CLOSED'
  /** The session id is not a non-empty string, no well-formed one, or as large as a record may be. */
  | 'ERR_MONGODB_STORE_SID'
  /** The session holds what cannot be stored: a cycle, a BigInt, what throws; or it is no object. */
  | 'ERR_MONGODB_STORE_SESSION'
  /** The session is over MongoDB's limit of 16 MiB for a document. */
  | 'ERR_MONGODB_STORE_SESSION_SIZE'
  /** What the collection holds under this sid is not a session, or not one that can be read. */
  | 'ERR_MONGODB_STORE_RECORD'
  /** The filter given to `destroyMany` or `sessions` could match more than it says, or something else. */
  | 'ERR_MONGODB_STORE_FILTER'
  /** The session is stored unencrypted, where the option `encryption` is set. */
  | 'ERR_MONGODB_STORE_NOT_ENCRYPTED'
  /** The session was encrypted with a secret that is not among the store's. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_SECRET'
  /** The session was encrypted for another session id, and moved here. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_MOVED'
  /** The session's bytes were changed after they were encrypted. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_TAMPERED'
  /** The session's bytes have a format that this version does not know: a later version's, or a codec's. */
  | 'ERR_MONGODB_STORE_ENCRYPTION_VERSION'
  /** `get` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_GET'
  /** `set` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_SET'
  /** `destroy` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_DESTROY'
  /** `touch` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_TOUCH'
  /** `destroyMany` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_DESTROY_MANY'
  /** `all` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_ALL'
  /** `sessions` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_SESSIONS'
  /** `length` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_LENGTH'
  /** `clear` failed: the server, or the way to it. */
  | 'ERR_MONGODB_STORE_CLEAR'
  /** `close` failed: the store is closed, and its own connection may not be. */
  | 'ERR_MONGODB_STORE_CLOSE'

/**
 * Every error of the store. Its message never holds session data or credentials, and neither does
 * what `util.inspect` shows of it; `cause` is the original error, which may hold either.
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
  /** What happened. */
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
   * Leaves out what the driver's own errors carry along: commands, documents, connection strings.
   * @internal
   */
  [inspect.custom](): string {
    const cause = this.cause === undefined ? '' : `, cause: ${kindOf(this.cause)}`
    return `${this.stack} { code: '${this.code}'${cause} }`
  }
}

/**
 * The server, or the driver, has not answered in time; what was asked for may have been done, unless
 * it is said that it was not sent.
 */
export class NoAnswerError extends Error {
  /** What was not answered: it settles when it has ended after all. Not enumerable. */
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

/** Driver and Mongoose errors whose messages speak of hosts and time limits, never of documents. */
const SPEAKS_OF_THE_CONNECTION =
  /^(Mongo(Network|NetworkTimeout|ServerSelection|TopologyClosed|NotConnected|PoolCleared|PoolClosed|WaitQueueTimeout|OperationTimeout|Parse|MissingCredentials|ClientClosed|ExpiredSession|Runtime)|MongooseServerSelection|Mongoose)Error$/

const NO_SERVER = /^Mongo(ose)?ServerSelectionError$/

/**
 * Why something failed, in words that are safe to log. A server's own words can quote the command,
 * and with it the session, so they are told by code (codes also outlive a change of wording).
 */
export function describeCause(cause: unknown): string {
  if (cause instanceof MongoDBStoreError || cause instanceof NoAnswerError) return cause.message
  try {
    return describe(cause)
  } catch {
    return `a thrown ${typeof cause}` // one that throws when it is looked at
  }
}

function describe(given: unknown): string {
  const cause = asTheServerSaid(given)
  const { name, message, code, codeName, syscall, hostname } = (cause ?? {}) as ErrorLike
  if (typeof code === 'number') {
    // One of a bulk write's errors is no `Error`, and names no code
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

/** Whether the driver has looked for a server, and found none in all the time that it may take. */
export function isUnreachable(error: unknown): boolean {
  try {
    if (error instanceof MongoDBStoreError) return error.code === 'ERR_MONGODB_STORE_CONNECT'
    return NO_SERVER.test(kindOf(error))
  } catch {
    return false // one that throws when it is looked at
  }
}

/** The numeric code of a server's error, also where a bulk or write error wraps it. */
export function serverCodeOf(error: unknown): number | undefined {
  const code = (asTheServerSaid(error) as ErrorLike | null | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

/** The driver puts an error of its own, without a code, in the place of what has code 20. */
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

/** An app may throw its own data, with a name of theirs. */
function isError(cause: unknown): cause is Error {
  return types.isNativeError(cause) || cause instanceof Error
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
