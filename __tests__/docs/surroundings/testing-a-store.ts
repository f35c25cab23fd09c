/** What the examples of docs/testing-a-store.md are in the midst of. */
import type packageItself from 'express-mongoose-session'
import type { MemoryStore } from 'express-session'

export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const MyStore: typeof MemoryStore
export declare const test: (name: string, check: () => Promise<void>) => void
export declare const after: (end: () => Promise<void>) => void
