/** What the examples of docs/scaling.md are in the midst of. */
import './shop'
import type packageItself from 'express-mongoose-session'
import type mongooseModule from 'mongoose'

export declare const mongoose: typeof mongooseModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const store: packageItself.MongoDBStore
export declare const DAY: number
export declare const HOUR: number
export declare const MINUTE: number
