/** What Mongoose has no public way to, and the store has to know: alike in 8.0.0, 8.24.10 and 9.12.1, unless it says so. */
import type { Connection, Schema, SchemaType } from 'mongoose'

/**
 * Whether the app has closed the connection, and not opened it again. A connection whose server is
 * away is `disconnected` as well, and comes back.
 */
export function isCloseCalled(connection: Connection): boolean {
  return (connection as { _closeCalled?: boolean })._closeCalled === true
}

/**
 * What Mongoose has begun of the collection and indexes that the model's schema declares; undefined
 * before it has. The public `init()` would begin it, against an app's `init: false`.
 */
export function begunInit(model: object): Promise<unknown> | undefined {
  return (model as { $init?: Promise<unknown> }).$init
}

/** Whether the schema has middleware of one of the queries; `timestamps` are such middleware too. */
export function hasMiddleware(schema: Schema, queries: readonly string[]): boolean {
  const { s } = schema as {
    s?: { hooks?: Record<'_pres' | '_posts', ReadonlyMap<string, Hook[]>> }
  }
  if (!s?.hooks) return true
  const { _pres, _posts } = s.hooks
  const has = (query: string) =>
    [_pres, _posts].some((hooks) => hooks.get(query)?.some((hook) => hook.query !== false))
  return queries.some(has)
}

interface Hook {
  /** Whether it is one of queries; of documents, `updateOne` and `deleteOne` have some, too. */
  readonly query?: boolean
}

/** Whether values of the path are changed on their way: by a setter, by `lowercase` and the like. */
export function hasSetters(type: SchemaType): boolean {
  return Boolean((type as { setters?: readonly unknown[] }).setters?.length)
}

/** Whether the path has a value if none is given; lists have one by themselves. */
export function hasDefault(type: SchemaType): boolean {
  return (type as { defaultValue?: unknown }).defaultValue !== undefined
}

/** What each item of a list is. Public since Mongoose 9, as `getEmbeddedSchemaType`. */
export function itemTypeOf(list: SchemaType): SchemaType | undefined {
  const { embeddedSchemaType, caster } = list as SchemaType & {
    embeddedSchemaType?: SchemaType
    /** In Mongoose 8. */
    caster?: SchemaType
  }
  return embeddedSchemaType ?? caster
}
