/** What the examples of docs/recipes.md are in the midst of. */
import type { Express } from 'express'
import type packageItself from 'express-mongoose-session'
import type sessionModule from 'express-session'
import type { SessionData } from 'express-session'
import type mongooseModule from 'mongoose'
import type { Model } from 'mongoose'

declare module 'express-session' {
  interface SessionData {
    userId?: string | undefined
    role?: string | undefined
    device?: string | undefined
    deviceId?: string | undefined
    startedAt?: number | undefined
  }
}

interface Fields {
  /** An id, and where it was populated the user. */
  userId: string & { readonly name?: string }
  device: string
}

export declare const mongoose: typeof mongooseModule
export declare const session: typeof sessionModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const app: Express
export declare const store: packageItself.MongoDBStore<SessionData, Fields>
export declare const Session: Model<packageItself.SessionRecord & { userId: string }>
export declare const secret: string
export declare const maxAge: number
export declare const DAY: number
export declare const cache: Map<string, unknown>
export declare const audit: { info(entry: { event: string; id: string }): void }
export declare const test: (name: string, run: () => Promise<void>) => void
export declare const afterAll: (run: () => Promise<void>) => void
export declare const expect: (value: unknown) => { toEqual(wanted: unknown): void }
export declare const logIn: (body: { name: string }) => Promise<string>
export declare const changePassword: (userId: string, password: string) => Promise<void>
export declare const changeRole: (userId: string, role: string) => Promise<void>
export declare const sendReminder: (userId: string) => Promise<void>
