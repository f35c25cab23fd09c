/** What the examples in the TSDoc comments are in the midst of. */
import type { Server } from 'node:http'
import type { Express, Request } from 'express'
import type packageItself from 'express-mongoose-session'
import type sessionModule from 'express-session'
import type { SessionData } from 'express-session'
import './shop'
import type mongooseModule from 'mongoose'

export declare const mongoose: typeof mongooseModule
export declare const session: typeof sessionModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const app: Express
export declare const process: Pick<NodeJS.Process, 'once'>
export declare const server: Server
export declare const req: Request
export declare const store: packageItself.MongoDBStore<SessionData, { userId: string }>
export declare const secret: string
export declare const fresh: string
export declare const old: string
export declare const sid: string
export declare const uri: string
export declare const userId: string
export declare const log: { warn(entry: object): void }
