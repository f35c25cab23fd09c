/** The indexes that a model's schema declares: `syncIndexes` of Mongoose's drops every other. */
import type { IndexOptions } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'
import { type AnyModel, isStoreModel } from './model-terms'

/** An index: its keys in their order, and its options as the server takes them. */
export interface Index {
  readonly keys: Readonly<Record<string, unknown>>
  readonly settings: Readonly<IndexOptions>
}

/** Settings in the schemas of our models that the app has not declared. */
const ADDED = new WeakSet<object>()

/** The one by which expired records are found, and removed where the server is to do so. */
export function expiryIndex({
  expiresKey,
  autoRemove,
  expiresAfterSeconds,
}: ResolvedOptions): Index {
  const settings = autoRemove === 'native' ? { expireAfterSeconds: expiresAfterSeconds } : {}
  return { keys: { [expiresKey]: 1 }, settings }
}

/** Those that the store needs by its options; on a field that the app has indexed, the app's counts. */
export function neededIndexes(model: AnyModel, options: ResolvedOptions): Index[] {
  const { idField, autoRemove } = options
  const needed: Index[] = []
  if (idField !== '_id') needed.push({ keys: { [idField]: 1 }, settings: { unique: true } })
  if (autoRemove !== 'disabled') needed.push(expiryIndex(options))
  const byApp = declaredByApp(model).map(fieldsOf)
  return needed.filter((index) => !byApp.includes(fieldsOf(index)))
}

/** Those that the app has declared: in the schema of its model, or in the fields and plugins of ours. */
export function declaredByApp(model: AnyModel): Index[] {
  return indexesIn(model).filter(({ added }) => !added)
}

/**
 * Has the store's model declare what it needs besides. All our models of the collection declare what
 * one of them does: `connection.syncIndexes()` goes through each. Of two on the same keys, of which
 * the server has one, that which was declared first stands.
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

/** Has our models declare this one, in place of what the store would rather have had on its keys. */
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

/** Keys in another order are another index. */
function areSame(a: Index['keys'], b: Index['keys']): boolean {
  return JSON.stringify(Object.entries(a)) === JSON.stringify(Object.entries(b))
}

/** The store's models of the same collection, itself among them. */
function modelsBeside(model: AnyModel): AnyModel[] {
  const { collectionName } = model.collection
  return Object.values(model.db.models).filter(
    (each) => isStoreModel(each) && each.collection.collectionName === collectionName,
  )
}

function indexesIn({ schema }: AnyModel): (Index & { readonly added: boolean })[] {
  return schema.indexes().map(([keys, declared]) => {
    // What Mongoose adds for itself
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
