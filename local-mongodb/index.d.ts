// The types of local-mongodb

export interface LocalMongoDB {
  /** The connection string, as `mongodb://127.0.0.1:40975/test` */
  readonly uri: string
  /** What it is, for a person to read; never shows credentials */
  readonly kind: string
  /** Whether it only imitates MongoDB, as jongodb and FerretDB do */
  readonly isStandIn: boolean
  /** The program, where it is a `mongod` that was started */
  readonly mongod?: string | undefined
  /**
   * Ends what was started, with its data; leaves a server given by `MONGODB_URI` alone. May be
   * called more than once.
   */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Given a line about each step that may take long or did not work */
  log?: (line: string) => void
}

/**
 * Finds or starts a MongoDB. In this order: the one at `MONGODB_URI`; a `mongod` on the `PATH`; a
 * `mongod` which mongodb-memory-server has downloaded or can download; jongodb, an imitation of
 * MongoDB, for where nothing can be downloaded. `LOCAL_MONGODB` may force one: `uri`, `mongod`,
 * `memory-server`, `jongodb`, `ferretdb`. With `LOCAL_MONGODB_STRICT`, `standalone` or `replica-set`, a
 * proxy before it refuses what every MongoDB refuses.
 */
export function startMongoDB(options?: StartOptions): Promise<LocalMongoDB>

/**
 * The connection string of one server, which the driver keeps to whatever that says about others: of a
 * replica set the primary.
 */
export function directUriOf(uri: string): Promise<string>

/** Of the first server that a connection string names; throws where a proxy could not read what is sent. */
export function addressOf(uri: string): { host: string; port: number }

/** The same for the server at an address, as `127.0.0.1:27017`, in place of those that are named */
export function directUriAt(uri: string, address: string): string

/** The connection string with another database */
export function withDatabase(uri: string, database: string): string

/** A server whose data outlives it, so that it can be killed and started again */
export interface DurableServer {
  /** The connection string: the same from before the first start until the end */
  readonly uri: string
  readonly kind: string
  /** Starts it, for the first time or again; resolves when it answers */
  start(): Promise<void>
  /** Ends it as a crash would (SIGKILL); the data stay */
  kill(): Promise<void>
  /** Ends it, with its data; it can be started no more */
  stop(): Promise<void>
}

export interface DurableOptions extends StartOptions {
  /** A `mongod` to take; else the one on the `PATH` */
  mongod?: string | undefined
}

/** What there is to make a durable server of, or why there is nothing. */
export type FoundDurableServer =
  | { readonly kind: string; create(): Promise<DurableServer> }
  | { readonly missing: string }

/**
 * Finds a durable server: a `mongod`; else FerretDB, which is built where there is Go, once, in
 * about a minute. Returns only when that is done, so that tests can be skipped by it.
 */
export function findDurableServer(options?: DurableOptions): FoundDurableServer

/**
 * What the server can do, found out by trying: jongodb and FerretDB cannot do all that MongoDB
 * can, and tests of what one cannot do are to be skipped by name, not by server.
 */
export function abilitiesOf(uri: string): Promise<Abilities>

export interface Abilities {
  /** What no longer matches when it is its turn to be removed stays, whoever has changed it meanwhile */
  atomicRemoval: boolean
  /** Two updates of one record at once, each of another field, are both kept */
  atomicUpdates: boolean
  /** An unordered bulk write goes on after a failing operation and says which one failed */
  bulkErrors: boolean
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
  /** A duplicate key error tells the key, in `keyPattern` */
  duplicateKeyPattern: boolean
  /** `$elemMatch` goes by the fields of one item, also within `$not` */
  elemMatch: boolean
  /** A query can be explained */
  explain: boolean
  /** What is more than a first batch, of 101 documents, is left to a cursor */
  firstBatch: boolean
  /** An index that is there with other options is not created again: error 85 or 86 */
  indexConflicts: boolean
  listCollections: boolean
  /** A list may stand in a list */
  nestedLists: boolean
  /** Setting `a.b` where `a` is a string is refused with error 28 */
  pathNotViable: boolean
  /** Documents can be updated by an aggregation pipeline */
  pipelineUpdates: boolean
  /** Only the fields asked for are sent */
  projection: boolean
  /** An object that is set is stored also where it differs from what was there only in its keys */
  renamedKeys: boolean
  /** A write that comes twice with one number is done once, so that the driver tries it again */
  retriedWrites: boolean
  /** A write may have a transaction number, by which the driver sends it again: no standalone takes it */
  retryableWrites: boolean
  /** Documents of more than 16 MB are refused */
  sizeLimit: boolean
  /** What a transaction wrote is not seen before it ends, nor if it is aborted */
  transactions: boolean
  /** An index with `expireAfterSeconds` is accepted */
  ttlIndex: boolean
  /** Seconds between two removals of expired documents, where the server tells */
  ttlRemoval: number | 'unknown'
  /** A unique index refuses duplicates, also of an upsert */
  uniqueIndex: boolean
  /** Where one of several updates at once fails, by a unique index, no other is said to have failed */
  updateErrors: boolean
}
