/** The store's connection: its own, or one borrowed from the app. */
import { once } from 'node:events'
import defaultMongoose, { type Connection, type Mongoose } from 'mongoose'
import { describeCause, MongoDBStoreError } from '../errors'
import { isCloseCalled } from '../mongoose-internals'
import { ignoreRejection } from '../operations/operations'
import { acceptedOptions } from '../options/driver-options'
import { LONGEST_TIMER } from '../options/option-readers'
import type { ResolvedOptions } from '../options/resolved-options'
import { type ClientLimits, timeLimit, withTimeout } from './time-limit'

/** Mongoose's connection state. */
const CONNECTED = 1

/** The connections being opened, so that all stores on one wait for it together. */
const OPENING = new WeakMap<Connection, Promise<unknown>>()

/** @internal */
export class StoreConnection {
  /** Whether the store opens and closes it. */
  readonly owned: boolean

  /**
   * @param baseConnection has the state and the events: `connection`, or what `useDb` derived it from
   * @param connection the model's
   * @param open opens the store's own connection; the app opens a borrowed one
   */
  constructor(
    readonly baseConnection: Connection,
    readonly connection: Connection,
    private readonly open?: () => Promise<unknown>,
  ) {
    this.owned = open !== undefined
  }

  /** Whether operations can be sent now, without waiting for `ready`. */
  isOpen(): boolean {
    return this.baseConnection.readyState === CONNECTED
  }

  /** Resolves once operations can be sent; rejects with the driver's error. */
  async ready(): Promise<void> {
    if (this.isOpen()) return
    const { baseConnection } = this
    // `mongoose.disconnect()` also closes an own connection: the next operation opens it again
    if (!this.owned) assertNotClosed(baseConnection)
    // `db` is set once it has opened. From then on, the driver's server selection waits for the server
    if (baseConnection.db && !isCloseCalled(baseConnection)) return
    let opening = OPENING.get(baseConnection)
    if (!opening) {
      const opened = this.open?.() ?? untilOpened(baseConnection)
      opening = opened.finally(() => OPENING.delete(baseConnection))
      OPENING.set(baseConnection, opening)
    }
    await opening
  }

  /** Resolves when a server answers. */
  async reached(): Promise<void> {
    await this.ready()
    const { baseConnection } = this
    const ping = async () =>
      (await baseConnection.asPromise()).getClient()?.db().command({ ping: 1 })
    try {
      await withTimeout(timeLimit(this.limits()), ping())
    } catch (cause) {
      // The app has closed it: the next operation says so, or opens it again
      if (!isCloseCalled(baseConnection)) throw cause
    }
  }

  /** The driver's time limits; empty before the connection is open. */
  limits(): ClientLimits {
    return this.baseConnection.getClient()?.options ?? {}
  }

  /** Closes the connection if it is owned. */
  async release(): Promise<void> {
    if (!this.owned) return
    const opening = OPENING.get(this.baseConnection)
    if (opening) {
      // Without this, the driver would look for a server for 30 s. A DNS lookup cannot be aborted: the topology
      // that follows it is closed when it opens
      const client = this.connection.getClient()
      client.once('topologyOpening', () => setImmediate(() => ignoreRejection(client.close())))
      await client.close()
      await opening.catch(() => {})
    }
    await this.connection.destroy()
  }
}

/** The connection from the options, or one that `ready` opens. Throws if it cannot be used. */
export function connectionFor(
  options: ResolvedOptions,
  warn: (warning: MongoDBStoreError) => void,
): StoreConnection {
  const { model, connection, databaseName, wantsOwn } = options
  if (model) return borrow(model.db)
  if (connection) return borrow(connection, databaseName)
  // Undefined with the setting `createInitialConnection: false`
  const appsDefault = defaultMongoose.connection as Connection | undefined
  if (!appsDefault || wantsOwn) return own(options, warn)
  const isOpened = (appsDefault.db || appsDefault.readyState > 0) && !isCloseCalled(appsDefault)
  if (isOpened) return borrow(appsDefault, databaseName)
  appsDefault.once('connected', () => {
    const { host, port, name } = appsDefault
    const isSame = /^(127\.0\.0\.1|localhost)$/.test(host) && port === 27017
    if (isSame && name === (databaseName ?? 'test')) return
    const message =
      "Mongoose's default connection was opened after the store had opened its own, to " +
      `${options.uri}: create the store later, or pass \`connection: mongoose.connection\``
    warn(new MongoDBStoreError('ERR_MONGODB_STORE_CONNECTION_OPTIONS', message))
  })
  return own(options, warn)
}

function own(
  { uri, databaseName, connectionOptions }: ResolvedOptions,
  warn: (warning: MongoDBStoreError) => void,
): StoreConnection {
  assertVersion(defaultMongoose)
  const options = {
    maxPoolSize: 10, // operations are short; the driver's default is 100
    ...acceptedOptions(uri, connectionOptions, warn),
    ...(databaseName && { dbName: databaseName }),
  }
  const connection = defaultMongoose.createConnection()
  return new StoreConnection(connection, connection, () => connection.openUri(uri, { ...options }))
}

function borrow(given: Connection | Mongoose, databaseName?: string): StoreConnection {
  const base = 'readyState' in given ? given : given.connection
  assertVersion(base.base)
  assertNotClosed(base)
  const connection = databaseName ? base.useDb(databaseName, { useCache: true }) : base
  return new StoreConnection(base, connection)
}

/** With an older one, every query would fail with an unclear error. */
function assertVersion({ version }: Mongoose): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 8 || (major === 8 && minor >= 16)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MONGOOSE_VERSION',
    `the store needs Mongoose 8.16 or later, and found ${version}: npm install mongoose@9`,
  )
}

function assertNotClosed(connection: Connection): void {
  if (!isCloseCalled(connection)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECTION_CLOSED',
    'the Mongoose connection is closed; open it again, or pass one that is open or will be',
  )
}

/** Waits for the app to open its connection, for as long as Mongoose would buffer an operation. */
async function untilOpened(connection: Connection): Promise<void> {
  await connection.asPromise() // settles with an earlier attempt, if any
  if (connection.readyState === CONNECTED) return
  const settingOf = (name: 'bufferCommands' | 'bufferTimeoutMS'): unknown =>
    connection.get(name) ?? connection.base.get(name)
  if (settingOf('bufferCommands') === false) {
    throw neverOpened('and buffering is turned off (`bufferCommands: false`)')
  }
  const timeout = Number(settingOf('bufferTimeoutMS') ?? 10_000) // as Mongoose has it
  // Does not keep the process alive: whoever waits for the answer does
  const signal = AbortSignal.timeout(Math.min(timeout, LONGEST_TIMER))
  try {
    // Rejects at an `error` event: the app has failed to open it
    await once(connection, 'connected', { signal })
  } catch (cause) {
    throw signal.aborted ? neverOpened(`within ${timeout} ms (bufferTimeoutMS)`) : cause
  }
}

function neverOpened(why: string): MongoDBStoreError {
  return new MongoDBStoreError(
    'ERR_MONGODB_STORE_CONNECT',
    `the app has not opened its Mongoose connection (mongoose.connect(…)) ${why}`,
  )
}

/** The message begins as in connect-mongodb-session. */
export function connectError(cause: unknown): MongoDBStoreError {
  const message = `Error connecting to db: ${describeCause(cause)}`
  return new MongoDBStoreError('ERR_MONGODB_STORE_CONNECT', message, cause)
}
