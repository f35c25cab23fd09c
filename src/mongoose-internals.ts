/** Private parts of Mongoose without a public equivalent; the same in 8.16.0, 8.24.10 and 9.12.1, unless noted. */
import type { Connection, Model, mongo, Schema, SchemaType } from 'mongoose'

/**
 * Whether the app has closed the connection, and not opened it again. The state `disconnected` does not tell: a
 * connection that has lost its server is in it, too.
 */
export function isCloseCalled(connection: Connection): boolean {
  return (connection as { _closeCalled?: boolean })._closeCalled === true
}

/**
 * Settles when Mongoose has created the model's collection and indexes; undefined if it has not begun to. The
 * public `init()` would begin, even if the app has set `init: false`.
 */
export function initPromise(model: object): Promise<unknown> | undefined {
  return (model as { $init?: Promise<unknown> }).$init
}

/** The driver's collection behind Mongoose's; undefined before the connection has a `db`. */
export function driverCollection({ collection }: Model<never>): mongo.Collection | undefined {
  return (collection as { _getCollection?(): mongo.Collection })._getCollection?.()
}

type Hooks = ReadonlyMap<string, readonly { readonly query?: boolean }[]>

/** Whether the schema has middleware for any of the queries; that includes `timestamps`. */
export function hasMiddleware(schema: Schema, queries: readonly string[]): boolean {
  const { hooks } = (schema as { s?: { hooks?: Record<'_pres' | '_posts', Hooks> } }).s ?? {}
  if (!hooks) return true
  // `updateOne` and `deleteOne` may also have middleware for documents
  const isHooked = (query: string) =>
    [hooks._pres, hooks._posts].some((all) => all.get(query)?.some((hook) => hook.query !== false))
  return queries.some(isHooked)
}

/** Whether Mongoose changes the path's values: a setter, `lowercase` and the like. */
export function hasSetters(type: SchemaType): boolean {
  return Boolean((type as { setters?: readonly unknown[] }).setters?.length)
}

/** Whether the path has a default; an array always has. */
export function hasDefault(type: SchemaType): boolean {
  return (type as { defaultValue?: unknown }).defaultValue !== undefined
}

/** The type of an array's items; in Mongoose 9 also public, as `getEmbeddedSchemaType`. */
export function itemTypeOf(list: SchemaType): SchemaType | undefined {
  const types = list as Partial<Record<'embeddedSchemaType' | 'caster', SchemaType>>
  return types.embeddedSchemaType ?? types.caster
}
