/** What the app's schema demands of queries: middleware, setters, validators, hidden fields. */
import type { Schema, SchemaType } from 'mongoose'
import { hasDefault, hasMiddleware, hasSetters, itemTypeOf } from '../mongoose-internals'
import type { SessionModel } from './model'
import type { FieldNames } from './queries'

type Written = FieldNames & { readonly fields?: unknown }

/** The model's schema, without the types of its fields. */
export function schemaOf({ schema }: SessionModel): Schema {
  return schema as unknown as Schema
}

/** What queries must heed in the app's schema. */
export type SchemaTraits = Readonly<ReturnType<typeof traitsOf>>

export function traitsOf(model: SessionModel, names: Written) {
  const schema = schemaOf(model)
  return {
    /** Whether operations may share a query: not if middleware, setters and the like need single ones. */
    canBatch: !needsSingleOperations(model, names),
    /** Whether the keys of `session` can be written one by one: not if the schema changes or checks it. */
    canMerge: !changesOrChecks(schema.path('session')),
    /** Whether a validator of the app can refuse a write of the store. */
    hasValidators: hasValidators(schema, names),
    /** Whether the app has middleware for the reads of batches and lists. */
    hasFindMiddleware: hasMiddleware(schema, ['find']),
    /** Whether the app has middleware for the writes of batches. */
    hasBulkWriteMiddleware: hasMiddleware(schema, ['bulkWrite']),
  }
}

/** Whether Mongoose applies something to single operations only. */
function needsSingleOperations(model: SessionModel, names: Written): boolean {
  const isDiscriminated = model.discriminators !== undefined || model.baseModelName !== undefined
  if (isDiscriminated || model.base.get('runValidators')) return true
  const schema = schemaOf(model)
  return (
    hasPath(schema, (path, type) => {
      // Mongoose's own `_id`, beside a custom id field, has both, but is never written
      const isChanged = hasDefault(type) || (names.fields !== undefined && hasSetters(type))
      return path !== '_id' && isChanged
    }) ||
    ownPathsOf(schema, names).some(changesOrChecks) ||
    hasValidators(schema, names) ||
    hasMiddleware(schema, ['findOne', 'updateOne', 'deleteOne'])
  )
}

function hasValidators(schema: Schema, names: Written): boolean {
  if (ownPathsOf(schema, names).some(isValidated)) return true
  return names.fields !== undefined && holdsValidators(schema)
}

/** Selects the store's fields even if the schema hides them with `select`; `null` if it hides none. */
export function projectionFor(model: SessionModel, names: Written): string | null {
  const { idField, expiresKey, fields } = names
  const selected: string[] = []
  schemaOf(model).eachPath((path, { options }) => {
    if (options.select !== undefined) selected.push(path)
  })
  if (selected.length === 0) return null
  // Computed fields are compared with the stored ones
  const read = new Set([idField, 'session', expiresKey, ...(fields ? selected : [])])
  return Array.from(read, (path) => `+${path}`).join(' ')
}

function ownPathsOf(schema: Schema, { idField, expiresKey }: FieldNames): SchemaType[] {
  return [idField, 'session', expiresKey].map((path) => schema.path(path))
}

function changesOrChecks(type: SchemaType): boolean {
  return hasSetters(type) || isValidated(type)
}

/** `required` does not count: every record has the paths checked here. */
function isValidated({ validators }: SchemaType): boolean {
  return validators.some(({ type }) => type !== 'required')
}

function holdsValidators(schema: Schema): boolean {
  return hasPath(schema, (_path, type) => {
    const isHere = type.validators.length > 0 || (itemTypeOf(type)?.validators ?? []).length > 0
    return isHere || (type.schema !== undefined && holdsValidators(type.schema))
  })
}

function hasPath(schema: Schema, meets: (path: string, type: SchemaType) => boolean): boolean {
  let found = false
  schema.eachPath((path, type) => {
    found ||= meets(path, type)
  })
  return found
}
