/** What an app has hung on its model, and whether our queries have to pass it. */
import type { SessionModel } from './model'
import type { FieldNames } from './queries'

interface Hook {
  readonly query?: boolean
}

interface SchemaInternals {
  readonly s?: { readonly hooks?: Record<'_pres' | '_posts', ReadonlyMap<string, readonly Hook[]>> }
  readonly discriminatorMapping?: unknown
  eachPath(each: (path: string, type: PathInternals) => void): void
}

interface PathInternals {
  readonly defaultValue?: unknown
  readonly instance?: string
  readonly setters?: readonly unknown[]
  readonly validators?: readonly unknown[]
}

export function pathOf(model: SessionModel, path: string): PathInternals | undefined {
  return model.schema.path(path) as unknown as PathInternals | undefined
}

/** Whether the app's schema has a say in what is written to a path. */
export function hasOwnIdeas(path: PathInternals | undefined): boolean {
  return Boolean(path?.setters?.length || path?.validators?.length)
}

/** Whether a query through Mongoose would do anything that the driver's own does not. */
export function needsMongoose(
  model: SessionModel,
  { idField, expiresKey, fields }: FieldNames & { readonly fields?: unknown },
): boolean {
  const schema = model.schema as unknown as SchemaInternals
  if (schema.discriminatorMapping || model.base.get('runValidators')) return true
  let hasIdeas = false
  schema.eachPath((path, { defaultValue, setters }) => {
    if (path !== '_id' && defaultValue !== undefined) hasIdeas = true
    if (fields && setters?.length) hasIdeas = true
  })
  const written = [idField, 'session', expiresKey].map((path) => pathOf(model, path))
  return hasIdeas || written.some(hasOwnIdeas) || hasQueryMiddleware(schema)
}

/** Timestamps are middleware too. */
function hasQueryMiddleware({ s }: SchemaInternals): boolean {
  const hooks = s?.hooks
  if (!hooks) return true
  return ['find', 'findOne', 'updateOne', 'deleteOne'].some((query) =>
    [hooks._pres, hooks._posts].some((each) =>
      each.get(query)?.some((hook) => hook.query !== false),
    ),
  )
}
