/** What the examples of README.md are in the midst of. */

import type packageItself from 'express-mongoose-session'
import './shop'
import type sessionModule from 'express-session'
import type mongooseModule from 'mongoose'
import type { Model } from 'mongoose'

declare module 'express-session' {
  interface SessionData {
    views?: number
  }
}

export declare const mongoose: typeof mongooseModule
export declare const session: typeof sessionModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const app: import('express').Express
export declare const routes: import('express').Router
export declare const userId: string
export declare const MySession: Model<{ _id: string; session: unknown; expires: Date }>
