/** The connection that the store uses: its own, or one that it borrows from the app. */
import defaultMongoose, { type Connection, type Mongoose, type mongo } from 'mongoose'
import { describeCause, MongoDBStoreError } from '../errors'
import { isCloseCalled } from '../mongoose-internals'
import { ignoreRejection } from '../operations/operations'
import { acceptedOptions } from '../options/driver-options'
import { LONGEST_TIMER } from '../options/option-readers'
import type { ResolvedOptions } from '../options/resolved-options'
import { type ConnectionListener, listen, listenWeakly } from './connection-events'
import type { ClientLimits } from './time-limit'

/** @internal */
export interface StoreConnection {
  /** The connection of the model. */
  readonly connection: Connection
  /** The connection that has the state and the events: `connection`, or the one `useDb` derived it from. */
  readonly baseConnection: Connection
  /** Whether the store opens and closes it. */
  readonly owned: boolean
  /** Whether operations can be sent at once, without waiting for `ready`. */
  isOpen(): boolean
  /** Resolves once operations can be sent; rejects with the driver's error as soon as it is known. */
  ready(): Promise<void>
  /**
   * Calls the listener at each event, until the returned function is called. A borrowed connection holds
   * the listener weakly: it may outlive many stores, and keeps none of them alive.
   */
  listen(listener: ConnectionListener): () => void
  /** Stops waiting for a connection that the app has not opened. */
  stopWaiting(): void
  /** The driver's time limits; empty before the connection is open. */
  limits(): ClientLimits
  /** Whether reads go to the primary, as writes do; `read` is the read preference of the model's schema. */
  readsPrimary(read: unknown): boolean
  /** Closes the connection if it is owned. */
  release(): Promise<void>
}

/** The store's own pool is small, since its operations are short. The driver's default is 100. */
const OWN_POOL_SIZE = 10

// Mongoose's connection states
const DISCONNECTED = 0
const CONNECTED = 1
const CONNECTING = 2
const DISCONNECTING = 3

/** Mongoose's own default of `bufferTimeoutMS`. */
const BUFFER_TIMEOUT_MS = 10_000

/**
 * Finds the connection that the options name, or prepares one; `ready` opens it.
 * @throws TypeError for a connection string or options that the driver would refuse
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_CONNECTION_CLOSED` if the app has closed the connection,
 * `…_MONGOOSE_VERSION` if its Mongoose is too old
 */
export function connectionFor(
  options: ResolvedOptions,
  warn: (warning: MongoDBStoreError) => void,
): StoreConnection {
  if (options.model) return borrow(options.model.db, undefined)
  if (options.connection) return borrow(options.connection, options.databaseName)
  // Undefined if the app has set `createInitialConnection: false`
  const appsDefault = defaultMongoose.connection as Connection | undefined
  if (
    appsDefault &&
    !options.wantsOwn &&
    [CONNECTED, CONNECTING].includes(appsDefault.readyState)
  ) {
    return borrow(appsDefault, options.databaseName)
  }
  return own(options, warn)
}

function own(
  options: ResolvedOptions,
  warn: (warning: MongoDBStoreError) => void,
): StoreConnection {
  assertVersion(defaultMongoose)
  const { uri, databaseName } = options
  const connectOptions = {
    maxPoolSize: OWN_POOL_SIZE,
    ...acceptedOptions(uri, options.connectionOptions, warn),
    ...(databaseName === undefined ? {} : { dbName: databaseName }),
  }
  const connection = defaultMongoose.createConnection()
  let opening: Promise<void> | undefined

  // Mongoose does not try again after a failed attempt: the store's next operation does
  const open = () => {
    opening ??= connection
      .openUri(uri, { ...connectOptions })
      .then(() => {})
      .finally(() => {
        opening = undefined
      })
    return opening
  }
  return {
    ...stateOf(connection),
    connection,
    owned: true,
    ready: async () => (hasBeenOpen(connection) ? assertNotClosed(connection) : open()),
    listen: (listener) => listen(connection, listener),
    stopWaiting: () => {},
    release: () => {
      const attempt = opening
      return attempt ? abortOpening(connection, attempt) : connection.destroy()
    },
  }
}

/** Without this, the driver would look for a server for 30 s. */
async function abortOpening(connection: Connection, attempt: Promise<void>): Promise<void> {
  const client = connection.getClient() as mongo.MongoClient | undefined
  const settled = attempt.then(
    () => true,
    () => true,
  )
  // A DNS lookup cannot be aborted: the topology that it leads to is closed when it opens
  client?.once('topologyOpening', () => setImmediate(() => ignoreRejection(client.close())))
  await client?.close()
  const timeUp = new Promise((resolve) => setImmediate(resolve, false))
  const isSettled = await Promise.race([settled, timeUp])
  if (isSettled) await connection.destroy()
  else ignoreRejection(settled.then(() => connection.destroy()))
}

function borrow(given: Connection | Mongoose, databaseName: string | undefined): StoreConnection {
  const baseConnection = 'readyState' in given ? given : given.connection
  assertVersion(baseConnection.base)
  assertNotClosed(baseConnection)
  const connection = databaseName
    ? baseConnection.useDb(databaseName, { useCache: true })
    : baseConnection
  const waiting = new AbortController()
  let opening: Promise<void> | undefined
  return {
    ...stateOf(baseConnection),
    connection,
    owned: false,
    ready: async () => {
      if (baseConnection.readyState === CONNECTED) return
      // If the server is unreachable now, the driver's server selection waits for it
      if (hasBeenOpen(baseConnection)) return assertNotClosed(baseConnection)
      opening ??= untilOpened(baseConnection, waiting.signal).finally(() => {
        opening = undefined
      })
      return opening
    },
    listen: (listener) => listenWeakly(baseConnection, listener),
    stopWaiting: () => waiting.abort(),
    release: async () => {},
  }
}

/** The part of `StoreConnection` that is the same for an owned and a borrowed connection. */
function stateOf(baseConnection: Connection) {
  const clientOptions = () => baseConnection.getClient()?.options
  return {
    baseConnection,
    isOpen: () => baseConnection.readyState === CONNECTED,
    limits: (): ClientLimits => clientOptions() ?? {},
    readsPrimary: (read: unknown) => {
      const preference = read ?? clientOptions()?.readPreference ?? 'primary'
      const mode = Array.isArray(preference) ? preference[0] : preference // a list has tags, too
      return ((mode as { mode?: unknown }).mode ?? mode) === 'primary'
    },
  }
}

/** With an older one, each query would fail with an unclear error. */
function assertVersion({ version }: Mongoose): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 8 || (major === 8 && minor >= 16)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MONGOOSE_VERSION',
    `the store needs Mongoose 8.16 or later, and found ${version}: npm install mongoose@9`,
  )
}

function assertNotClosed(connection: Connection): void {
  const isDown = [DISCONNECTED, DISCONNECTING].includes(connection.readyState)
  if (!isDown || !isCloseCalled(connection)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECTION_CLOSED',
    'the Mongoose connection is closed; open it again, or hand over one that is open or will be',
  )
}

/** Waits for the app to open its connection, for as long as Mongoose would buffer an operation. */
async function untilOpened(connection: Connection, waiting: AbortSignal): Promise<void> {
  assertNotClosed(connection)
  await connection.asPromise() // settles with an earlier attempt, if there was one
  if (connection.readyState === CONNECTED) return
  const settingOf = (name: 'bufferCommands' | 'bufferTimeoutMS'): unknown =>
    connection.get(name) ?? connection.base.get(name)
  if (settingOf('bufferCommands') === false) {
    throw neverOpened('and buffering is turned off (`bufferCommands: false`)')
  }
  const timeout = Number(settingOf('bufferTimeoutMS') ?? BUFFER_TIMEOUT_MS)
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      stopListening()
      waiting.removeEventListener('abort', onAbort)
      settle()
    }
    const onConnected = () => end(resolve)
    // The app opens it now: a failure is known before the timeout
    const onConnecting = () =>
      process.nextTick(() => connection.asPromise().catch((cause) => end(() => reject(cause))))
    const onAbort = () => end(() => reject(neverOpened('before the store was closed')))
    const onTimeout = () => end(() => reject(neverOpened(`within ${timeout} ms (bufferTimeoutMS)`)))
    // Not `unref`: somebody waits for the answer
    const timer = setTimeout(onTimeout, Math.min(timeout, LONGEST_TIMER))
    const stopListening = listen(connection, {
      connected: onConnected,
      connecting: onConnecting,
    })
    if (connection.readyState === CONNECTING) onConnecting()
    waiting.addEventListener('abort', onAbort)
    if (waiting.aborted) onAbort()
  })
}

/** Mongoose sets `db` when the connection opens, and keeps it. */
function hasBeenOpen(connection: Connection): boolean {
  return Boolean(connection.db)
}

function neverOpened(why: string): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECT',
    `the app has not opened its Mongoose connection (mongoose.connect(…)) ${why}`,
  )
}

/** The message begins as in connect-mongodb-session. */
export function connectError(cause: unknown): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECT',
    `Error connecting to db: ${describeCause(cause)}`,
    cause,
  )
}
