/** What the examples of docs/errors.md are in the midst of. */
import type { Express } from 'express'
import type packageItself from 'express-mongoose-session'
import type mongooseModule from 'mongoose'

export declare const app: Express
export declare const mongoose: typeof mongooseModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const message: string
export declare const store: packageItself.MongoDBStore
type Logged = { readonly code: string; readonly message: string }
export declare const logger: { error(error: Logged): void; warn(warning: Logged): void }
