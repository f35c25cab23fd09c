/** What the examples of docs/models.md are in the midst of. */
import type { Query } from 'mongoose'

interface Update {
  $set: Record<string, unknown> & { session?: Record<string, unknown> }
}
type Updating = Omit<Query<unknown, unknown>, 'getUpdate'> & { getUpdate(): Update }

export declare const schema: {
  pre(query: 'updateOne', hook: (this: Updating) => void): unknown
}
