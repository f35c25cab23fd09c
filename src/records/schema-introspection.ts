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
  readonly options?: { readonly select?: unknown }
  readonly setters?: readonly unknown[]
  readonly validators?: readonly { readonly type?: string }[]
  /** Of a list: what each of its items is; named by Mongoose 9, and by 8. */
  readonly embeddedSchemaType?: PathInternals
  readonly caster?: PathInternals
  /** Of a subdocument. */
  readonly schema?: SchemaInternals
}

const SINGLE_OPERATIONS = ['findOne', 'updateOne', 'replaceOne', 'deleteOne']

type Written = FieldNames & { readonly fields?: unknown }

export function pathOf(model: SessionModel, path: string): PathInternals | undefined {
  return model.schema.path(path) as unknown as PathInternals | undefined
}

/** Whether the app's schema has a say in what is written to a path of every record. */
export function hasSettersOrValidators(path: PathInternals | undefined): boolean {
  return Boolean(path?.setters?.length) || isValidated(path)
}

/** Whether each operation has to go as itself, for what the app has hung on it. */
export function needsSingleOperations(model: SessionModel, names: Written): boolean {
  const schema = model.schema as unknown as SchemaInternals
  if (schema.discriminatorMapping || model.base.get('runValidators')) return true
  let hasIdeas = false
  schema.eachPath((path, { defaultValue, setters }) => {
    if (path !== '_id' && defaultValue !== undefined) hasIdeas = true
    if (names.fields && setters?.length) hasIdeas = true
  })
  const written = ownPathsOf(model, names)
  if (hasIdeas || written.some(hasSettersOrValidators) || hasValidators(model, names)) return true
  return hasMiddleware(schema, SINGLE_OPERATIONS)
}

/** Whether what is written to the record can be refused by a validator of the app's. */
export function hasValidators(model: SessionModel, names: Written): boolean {
  if (ownPathsOf(model, names).some(isValidated)) return true
  return names.fields !== undefined && holdsValidators(model.schema as unknown as SchemaInternals)
}

function ownPathsOf(model: SessionModel, { idField, expiresKey }: FieldNames) {
  return [idField, 'session', expiresKey].map((path) => pathOf(model, path))
}

/** `required` is no matter of what every record has. */
function isValidated(path: PathInternals | undefined): boolean {
  return path?.validators?.some(({ type }) => type !== 'required') ?? false
}

function holdsValidators(schema: SchemaInternals): boolean {
  let found = false
  schema.eachPath((_name, path) => {
    const item = path.embeddedSchemaType ?? path.caster
    const isHere = path.validators?.length || item?.validators?.length
    if (isHere || (path.schema && holdsValidators(path.schema))) found = true
  })
  return found
}

/** Whether the schema says which fields a query reads. */
export function hasSelection(model: SessionModel): boolean {
  let found = false
  const schema = model.schema as unknown as SchemaInternals
  schema.eachPath((_path, { options }) => {
    if (options?.select !== undefined) found = true
  })
  return found
}

/** Whether the app sees what batches and lists read. */
export function hasFindMiddleware(model: SessionModel): boolean {
  return hasMiddleware(model.schema as unknown as SchemaInternals, ['find'])
}

/** Whether the app sees what batches write. */
export function hasBulkWriteMiddleware(model: SessionModel): boolean {
  return hasMiddleware(model.schema as unknown as SchemaInternals, ['bulkWrite'])
}

/** Timestamps are middleware too. */
function hasMiddleware({ s }: SchemaInternals, queries: readonly string[]): boolean {
  const hooks = s?.hooks
  if (!hooks) return true
  return queries.some((query) =>
    [hooks._pres, hooks._posts].some((each) =>
      each.get(query)?.some((hook) => hook.query !== false),
    ),
  )
}
