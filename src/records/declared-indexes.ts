/** The indexes that a model's schema declares: Mongoose's `syncIndexes` drops every other index. */
import type { IndexOptions } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'
import { type AnyModel, isStoreModel } from './model-terms'

/** An index: its keys in their order, and its options as the server takes them. */
export interface Index {
  readonly keys: Readonly<Record<string, unknown>>
  readonly settings: Readonly<IndexOptions>
}

/** The settings of the indexes that the store, and not the app, has declared in its models' schemas. */
const ADDED = new WeakSet<object>()

/** The index on the expiry: a TTL index if the server is to remove expired records. */
export function expiryIndex({
  expiresKey,
  autoRemove,
  expiresAfterSeconds,
}: ResolvedOptions): Index {
  const settings = autoRemove === 'native' ? { expireAfterSeconds: expiresAfterSeconds } : {}
  return { keys: { [expiresKey]: 1 }, settings }
}

/** The indexes that the options require, except on fields that the app has indexed itself. */
export function neededIndexes(model: AnyModel, options: ResolvedOptions): Index[] {
  const { idField, autoRemove } = options
  const needed: Index[] = []
  if (idField !== '_id') needed.push({ keys: { [idField]: 1 }, settings: { unique: true } })
  if (autoRemove !== 'disabled') needed.push(expiryIndex(options))
  const byApp = declaredByApp(model).map(fieldsOf)
  return needed.filter((index) => !byApp.includes(fieldsOf(index)))
}

/** The indexes that the app has declared: in its model's schema, or by fields and plugins in the store's. */
export function declaredByApp(model: AnyModel): Index[] {
  return indexesIn(model).filter(({ added }) => !added)
}

/**
 * Declares the needed indexes in the schema of the store's model. All store models of one collection
 * declare the same indexes, since `connection.syncIndexes()` goes through each model. Of two indexes on
 * the same keys, the first one stays: the server can have only one.
 */
export function declareIndexes(model: AnyModel, options: ResolvedOptions): void {
  const models = modelsBeside(model)
  const all = [...models.flatMap(indexesIn), ...neededIndexes(model, options)]
  for (const each of models) {
    for (const index of all) {
      if (!indexesIn(each).some(({ keys }) => areSame(keys, index.keys))) add(each, index)
    }
  }
}

/** Replaces the index that the store has declared on the same keys, in all store models of the collection. */
export function redeclare(model: AnyModel, index: Index): void {
  for (const each of isStoreModel(model) ? modelsBeside(model) : []) {
    const declared = indexesIn(each).filter(({ keys }) => areSame(keys, index.keys))
    if (declared.length === 0 || declared.some(({ added }) => !added)) continue
    each.schema.removeIndex(index.keys)
    add(each, index)
  }
}

export function fieldsOf({ keys }: { readonly keys: object }): string {
  return Object.keys(keys).join(', ')
}

/** The order of the keys counts. */
function areSame(a: Index['keys'], b: Index['keys']): boolean {
  return JSON.stringify(Object.entries(a)) === JSON.stringify(Object.entries(b))
}

/** The store models of the same collection, the given one included. */
function modelsBeside(model: AnyModel): AnyModel[] {
  const { collectionName } = model.collection
  return Object.values(model.db.models).filter(
    (each) => isStoreModel(each) && each.collection.collectionName === collectionName,
  )
}

function indexesIn({ schema }: AnyModel): (Index & { readonly added: boolean })[] {
  return schema.indexes().map(([keys, declared]) => {
    // `background` and `_autoIndex` are Mongoose's additions
    const {
      background: _,
      _autoIndex,
      ...settings
    } = declared as IndexOptions & {
      _autoIndex?: boolean
    }
    return { keys, settings, added: ADDED.has(declared) }
  })
}

function add({ schema }: AnyModel, { keys, settings }: Index): void {
  const declared = { ...settings }
  ADDED.add(declared)
  schema.index({ ...keys } as Record<string, 1>, declared)
}
