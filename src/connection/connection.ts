/** The connection that the store works on: its own, or one that it borrows from the app. */
import defaultMongoose, { type Connection, type Mongoose, type mongo } from 'mongoose'
import { describeCause, MongoDBStoreError } from '../errors'
import { isCloseCalled } from '../mongoose-internals'
import { ignoreRejection } from '../operations/callback'
import { acceptedOptions } from '../options/driver-options'
import type { ResolvedOptions } from '../options/resolved-options'
import { type ConnectionListener, listen, listenWeakly } from './connection-events'
import { assertVersion } from './mongoose-version'
import type { ClientLimits } from './time-limit'

/** @internal */
export interface StoreConnection {
  /** What the model is made on. */
  readonly connection: Connection
  /** Whose events tell of its state: `connection`, or what it was derived from. */
  readonly baseConnection: Connection
  /** Whether the store opened it, and closes it. */
  readonly owned: boolean
  /** Whether operations can be sent at once, without waiting for `ready`. */
  isOpen(): boolean
  /** Resolves once operations can be sent; rejects with the true cause, at once where it is known. */
  ready(): Promise<void>
  /**
   * Tells the listener of the connection's events, until the function that it returns is called. A
   * borrowed connection keeps no store alive: it may see many of them come and go.
   */
  listen(listener: ConnectionListener): () => void
  /** Ends a wait for a connection that the app has not opened. */
  stopWaiting(): void
  /** The driver's time limits; known once it is open. */
  limits(): ClientLimits
  /** Whether reads go to the primary, as writes do; `read` is what the model's schema asks for. */
  readsPrimary(read: unknown): boolean
  /** Closes the connection if it is owned. */
  release(): Promise<void>
}

/** Sockets of the store's own pool: few, since its operations are short. The driver's default is 100. */
const OWN_POOL_SIZE = 10

// Mongoose's connection states
const DISCONNECTED = 0
const CONNECTED = 1
const CONNECTING = 2
const DISCONNECTING = 3

/** Mongoose's own default of `bufferTimeoutMS`. */
const BUFFER_TIMEOUT_MS = 10_000

/**
 * Finds the connection that the options speak of, or prepares one; nothing is opened before `ready`.
 * @throws TypeError for a connection string or options that the driver would refuse
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_CONNECTION_CLOSED` for one that the app has closed,
 * `…_MONGOOSE_VERSION` for one of a Mongoose that is too old
 */
export function connectionFor(
  options: ResolvedOptions,
  warn: (warning: MongoDBStoreError) => void,
): StoreConnection {
  if (options.model) return borrow(options.model.db, undefined)
  if (options.connection) return borrow(options.connection, options.databaseName)
  // None, where the app has set `createInitialConnection: false`
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

  // Mongoose does not try again where the first attempt failed: the next operation does
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
    ready: () => (hasOpened(connection) ? assertNotClosed(connection) : open()),
    listen: (listener) => listen(connection, listener),
    stopWaiting: () => {},
    release: () => {
      const attempt = opening
      return attempt ? giveUp(connection, attempt) : end(connection)
    },
  }
}

async function end(connection: Connection): Promise<void> {
  await connection.close()
  await connection.destroy()
}

/** Ends an attempt to connect, for which the driver would look for a server for 30 s. */
async function giveUp(connection: Connection, attempt: Promise<void>): Promise<void> {
  const client = connection.getClient() as mongo.MongoClient | undefined
  const over = attempt.then(
    () => true,
    () => true,
  )
  // A lookup of the hosts' names cannot be ended: what it leads to is, when it is there
  client?.once('topologyOpening', () => setImmediate(() => ignoreRejection(client.close())))
  await client?.close()
  const isOver = await Promise.race([over, new Promise((resolve) => setImmediate(resolve, false))])
  if (isOver) await end(connection)
  else ignoreRejection(over.then(() => end(connection)))
}

function borrow(given: Connection | Mongoose, databaseName: string | undefined): StoreConnection {
  const baseConnection = 'readyState' in given ? given : given.connection
  assertVersion(baseConnection.base)
  if (isClosed(baseConnection)) throw connectionClosed()
  const connection = databaseName
    ? baseConnection.useDb(databaseName, { useCache: true })
    : baseConnection
  const waiting = new AbortController()
  let opening: Promise<void> | undefined
  return {
    ...stateOf(baseConnection),
    connection,
    owned: false,
    ready: () => {
      if (baseConnection.readyState === CONNECTED) return Promise.resolve()
      // While the server is away, the driver's own selection of a server waits for it
      if (hasOpened(baseConnection)) return assertNotClosed(baseConnection)
      opening ??= opened(baseConnection, waiting.signal).finally(() => {
        opening = undefined
      })
      return opening
    },
    listen: (listener) => listenWeakly(baseConnection, listener),
    stopWaiting: () => waiting.abort(),
    release: async () => {},
  }
}

/** What is asked of it in the same way, whoever has opened it. */
function stateOf(baseConnection: Connection) {
  const clientOptions = () => baseConnection.getClient()?.options
  return {
    baseConnection,
    isOpen: () => baseConnection.readyState === CONNECTED,
    limits: (): ClientLimits => clientOptions() ?? {},
    readsPrimary: (read: unknown) => {
      const preference = read ?? clientOptions()?.readPreference ?? 'primary'
      const named = Array.isArray(preference) ? preference[0] : preference // with tags
      return ((named as { mode?: unknown }).mode ?? named) === 'primary'
    },
  }
}

async function assertNotClosed(connection: Connection): Promise<void> {
  if (isClosed(connection)) throw connectionClosed()
}

/** Waits for a connection that is the app's to open, no longer than Mongoose buffers operations. */
async function opened(connection: Connection, waiting: AbortSignal): Promise<void> {
  if (isClosed(connection)) throw connectionClosed()
  await connection.asPromise() // of an attempt that was made before, if there was one
  if (connection.readyState === CONNECTED) return
  if (settingOf(connection, 'bufferCommands') === false) {
    throw neverOpened('and buffering is turned off (`bufferCommands: false`)')
  }
  const patience = Number(settingOf(connection, 'bufferTimeoutMS') ?? BUFFER_TIMEOUT_MS)
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      stopListening()
      waiting.removeEventListener('abort', onAbort)
      settle()
    }
    const onConnected = () => end(resolve)
    // Now the app opens it: should that fail, the true cause is known at once
    const onConnecting = () =>
      process.nextTick(() => connection.asPromise().catch((cause) => end(() => reject(cause))))
    const onAbort = () => end(() => reject(neverOpened('before the store was closed')))
    const onTimeout = () =>
      end(() => reject(neverOpened(`within ${patience} ms (bufferTimeoutMS)`)))
    // Keeps the process alive, no longer than this: someone waits for the answer
    const timer = setTimeout(onTimeout, patience)
    const stopListening = listen(connection, {
      connected: onConnected,
      connecting: onConnecting,
    })
    if (connection.readyState === CONNECTING) onConnecting()
    waiting.addEventListener('abort', onAbort)
    if (waiting.aborted) onAbort()
  })
}

/** Of the connection, else of all of Mongoose. */
function settingOf(connection: Connection, name: 'bufferCommands' | 'bufferTimeoutMS'): unknown {
  return connection.get(name) ?? connection.base.get(name)
}

/** Whether it has been open: Mongoose sets the database then, and keeps it. */
function hasOpened(connection: Connection): boolean {
  return Boolean(connection.db)
}

function isClosed(connection: Connection): boolean {
  const { readyState } = connection
  return isCloseCalled(connection) && (readyState === DISCONNECTED || readyState === DISCONNECTING)
}

function connectionClosed(): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECTION_CLOSED',
    'the Mongoose connection is closed; open it again, or hand over one that is open or will be',
  )
}

function neverOpened(why: string): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECT',
    `the app has not opened its Mongoose connection (mongoose.connect(…)) ${why}`,
  )
}

/** A failed start as connection error, in the words that connect-mongodb-session uses. */
export function connectError(cause: unknown): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECT',
    `Error connecting to db: ${describeCause(cause)}`,
    cause,
  )
}
