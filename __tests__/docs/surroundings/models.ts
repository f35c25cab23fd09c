/** What the examples of docs/models.md are in the midst of. */
import './shop'
import type packageItself from 'express-mongoose-session'
import type mongooseModule from 'mongoose'
import type { Model, Query } from 'mongoose'

interface Update {
  $set: Record<string, unknown> & { session?: Record<string, unknown> }
}
type Updating = Omit<Query<unknown, unknown>, 'getUpdate'> & { getUpdate(): Update }

export declare const mongoose: typeof mongooseModule
export declare const MongoDBStore: typeof packageItself.MongoDBStore
export declare const model: Model<
  packageItself.SessionRecord & { userId?: string; device?: string; tenant?: string }
>
export declare const schema: {
  pre(query: 'updateOne', hook: (this: Updating) => void): unknown
}
