/** What the examples of docs/typescript.md are in the midst of. */
import type packageItself from 'express-mongoose-session'
import './shop'
import type sessionModule from 'express-session'
import type { SessionData } from 'express-session'
import type mongooseModule from 'mongoose'

export declare const mongoose: typeof mongooseModule
export declare const session: typeof sessionModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const store: packageItself.MongoDBStore<SessionData, { userId: string }>
export declare const sid: string
export declare const team: import('mongoose').Types.ObjectId
export declare const audit: (sid: string) => void
