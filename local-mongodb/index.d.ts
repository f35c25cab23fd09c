// The types of local-mongodb

export interface LocalMongoDB {
  /** The connection string, as `mongodb://127.0.0.1:40975/test` */
  readonly uri: string
  /** What it is, for a person to read; never shows credentials */
  readonly description: string
  /** Whether it imitates MongoDB, as jongodb and FerretDB do */
  readonly isStandIn: boolean
  /** The program, if it is a `mongod` that was started */
  readonly mongod?: string | undefined
  /**
   * Ends what was started, with its data; leaves a server given by `MONGODB_URI` alone. May be
   * called more than once.
   */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Given a line about each step that may take long */
  log?: (line: string) => void
}

/**
 * Finds or starts a MongoDB. In this order: the one at `MONGODB_URI`; a `mongod` on the `PATH`; a
 * `mongod` which mongodb-memory-server has downloaded or can download; jongodb, an imitation of
 * MongoDB that needs no download. `LOCAL_MONGODB` may force one: `uri`, `mongod`,
 * `memory-server`, `jongodb`, `ferretdb`. With `LOCAL_MONGODB_STRICT`, `standalone` or `replica-set`, a
 * proxy before it refuses what every MongoDB refuses.
 */
export function startMongoDB(options?: StartOptions): Promise<LocalMongoDB>

/** The connection string of a direct connection; of a replica set, to the primary. */
export function primaryUri(uri: string): Promise<string>

/** The first host of a connection string, for a proxy to connect to; throws if it uses TLS. */
export function hostAddressOf(uri: string): { host: string; port: number }

/** The connection string of a direct connection to another host, such as `127.0.0.1:27017` */
export function directUri(uri: string, host: string): string

/** The connection string with another database */
export function withDatabase(uri: string, database: string): string

/** A server whose data outlives it, so that it can be killed and started again */
export interface DurableServer {
  /** The connection string; it never changes */
  readonly uri: string
  readonly description: string
  /** Starts it, for the first time or again; resolves when it answers */
  start(): Promise<void>
  /** Ends it as a crash would (SIGKILL); the data stay */
  kill(): Promise<void>
  /** Ends it, with its data; it cannot be started again */
  stop(): Promise<void>
}

export interface DurableOptions extends StartOptions {
  /** A `mongod` to take; else the one on the `PATH` */
  mongod?: string | undefined
}

/** Creates durable servers, or says what is missing for it. */
export type FoundDurableServer =
  | { readonly description: string; create(): Promise<DurableServer> }
  | { readonly missing: string }

/**
 * Finds a durable server: a `mongod`; else FerretDB, which is built once, with Go, in about a minute.
 * Synchronous, so that tests can be skipped by the result.
 */
export function findDurableServer(options?: DurableOptions): FoundDurableServer

/**
 * Detects what the server can do by trying it: jongodb and FerretDB cannot do all that MongoDB can.
 * A test skips itself by the ability that it needs, not by the server.
 */
export function detectAbilities(uri: string): Promise<Abilities>

export interface Abilities {
  /** `deleteMany` spares a document that an update has changed meanwhile, so that it no longer matches */
  atomicRemoval: boolean
  /** Two updates of one record at once, each of another field, are both kept */
  atomicUpdates: boolean
  /** An unordered bulk write goes on after a failing operation and says which one failed */
  bulkErrors: boolean
  /** A collection can be watched: not on a standalone server */
  changeStreams: boolean
  /** `collMod` can change when an index expires documents */
  collMod: boolean
  /** A collection can be created explicitly, which mongoose's `autoCreate` does */
  createCollection: boolean
  /** An update can set a field to the server's own time */
  currentDate: boolean
  /** Two databases on the server are separate */
  databases: boolean
  /** A value may be a Decimal128 */
  decimal128: boolean
  /** A key within a value may start with a dollar */
  dollarKeys: boolean
  /** A key within a value may contain a dot */
  dottedKeys: boolean
  /** A collection can be dropped */
  drop: boolean
  dropDatabase: boolean
  dropIndex: boolean
  /** A duplicate key error names the key, in `keyPattern` */
  duplicateKeyPattern: boolean
  /** `$elemMatch` matches all conditions on one item, also within `$not` */
  elemMatch: boolean
  /** A query can be explained */
  explain: boolean
  /** A `find` returns 101 documents in its first batch, and the others by `getMore` */
  firstBatch: boolean
  /** Creating an index with other options than the existing one fails: error 85 or 86 */
  indexConflicts: boolean
  listCollections: boolean
  /** An array may contain arrays */
  nestedLists: boolean
  /** Setting `a.b` is refused with error 28 if `a` is a string */
  pathNotViable: boolean
  /** Documents can be updated by an aggregation pipeline */
  pipelineUpdates: boolean
  /** Only the fields asked for are sent */
  projection: boolean
  /** `$set` of an object is stored even if only the names of its keys have changed */
  renamedKeys: boolean
  /** The driver retries writes: the server executes two with one transaction number once */
  retriedWrites: boolean
  /** A write may have a transaction number; a standalone refuses it */
  retryableWrites: boolean
  /** Documents of more than 16 MB are refused */
  sizeLimit: boolean
  /** A transaction's writes are invisible before it commits, and if it aborts */
  transactions: boolean
  /** An index with `expireAfterSeconds` is accepted */
  ttlIndex: boolean
  /** Seconds between two removals of expired documents, if the server tells */
  ttlRemoval: number | 'unknown'
  /** A unique index refuses duplicates, also of an upsert */
  uniqueIndex: boolean
  /** If one update of a bulk write violates a unique index, only that one is reported as failed */
  updateErrors: boolean
}
