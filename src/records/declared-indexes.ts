/** The indexes that sessions need, declared in the model's schema, since `syncIndexes` drops all others. */
import type { Connection, IndexOptions } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'

/** Any model on a connection. */
export type AnyModel = Connection['models'][string]

/** An index: its keys in order, and its options for the server. */
export interface Index {
  readonly keys: Readonly<Record<string, unknown>>
  readonly settings: Readonly<IndexOptions>
}

export function declaredIndexes({ schema }: AnyModel): Index[] {
  return schema.indexes().map(([keys, declared]) => {
    // Mongoose adds `background` and `_autoIndex`
    const { background: _, _autoIndex, ...settings } = declared as Record<string, unknown>
    return { keys, settings }
  })
}

/** The indexes required by the options, except on fields that the schema already indexes. */
export function undeclaredIndexes(model: AnyModel, options: ResolvedOptions): Index[] {
  const { idField, expiresKey, autoRemove, expiresAfterSeconds } = options
  const needed: Index[] = []
  if (idField !== '_id') needed.push({ keys: { [idField]: 1 }, settings: { unique: true } })
  if (autoRemove !== 'disabled') {
    const settings = autoRemove === 'native' ? { expireAfterSeconds: expiresAfterSeconds } : {}
    needed.push({ keys: { [expiresKey]: 1 }, settings })
  }
  const declared = declaredIndexes(model).map(fieldsOf)
  return needed.filter((index) => !declared.includes(fieldsOf(index)))
}

/** Declares the index, replacing one on the same keys. */
export function declare({ schema }: AnyModel, { keys, settings }: Index): void {
  schema.removeIndex(keys)
  schema.index({ ...keys } as Record<string, 1>, { ...settings })
}

export function fieldsOf({ keys }: Pick<Index, 'keys'>): string {
  return Object.keys(keys).join(', ')
}
