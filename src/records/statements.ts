/** The store's writes, in terms of record fields. */
import { inspect } from 'node:util'
import { plainCopy } from '../payload/payload'
import type { SessionModel } from './model'
import type { FieldNames, Fields } from './queries'
import { type SchemaTraits, schemaOf } from './schema'

/** A write to one record. */
export type Write =
  | { readonly remove: Fields }
  | { readonly filter: Fields; readonly update: Fields; readonly upsert: boolean }

/** The values to write to a record: the whole session, or some of its paths. */
export interface RecordUpdate {
  readonly expires?: Date
  readonly session?: unknown
  /** The app's own fields; `undefined` removes a field. */
  readonly fields?: Fields | undefined
  /** Values by path; each path begins with `session`. */
  readonly set?: Fields | undefined
  readonly unset?: readonly string[]
}

/** @internal */
export class Statements {
  readonly #idField: string
  readonly #expiresKey: string
  /** Marks operators, which `sanitizeFilter` would turn into values. */
  readonly #trusted: <T extends object>(operators: T) => T
  /** Whether the app's middleware may look into the values, and change them. */
  readonly #areSeen: boolean
  /** The Mixed paths, which take any value unchanged. */
  readonly #mixed = new Set<string>()

  constructor(model: SessionModel, { idField, expiresKey }: FieldNames, traits: SchemaTraits) {
    this.#idField = idField
    this.#expiresKey = expiresKey
    this.#trusted = model.base.trusted as never
    this.#areSeen = !traits.canBatch || traits.hasBulkWriteMiddleware
    schemaOf(model).eachPath((path, { instance }) => {
      if (instance === 'Mixed') this.#mixed.add(path)
    })
  }

  /** Inserts the record, or updates an existing one. */
  insert(sid: string, update: RecordUpdate): Write {
    return { filter: { [this.#idField]: sid }, update: this.#updateFrom(update), upsert: true }
  }

  /** Updates a record if it exists and meets the condition. */
  update(sid: string, update: RecordUpdate, condition: Fields): Write {
    const filter = { [this.#idField]: sid, ...condition }
    return { filter, update: this.#updateFrom(update), upsert: false }
  }

  remove(sid: string): Write {
    return { remove: { [this.#idField]: sid } }
  }

  /** Matches a live record; a simpler filter if it is known to have an expiry. */
  live(now: number, stored?: unknown): Fields {
    const later = { [this.#expiresKey]: this.#trusted({ $gt: new Date(now) }) }
    return stored instanceof Date ? later : { $or: [later, { [this.#expiresKey]: null }] }
  }

  /** Matches a live record whose expiry is at least `least` ms from `next`. */
  liveAndAwayFrom(next: Date, least: number, now: number): Fields {
    const [from, to] = [next.getTime() - least, next.getTime() + least]
    const near = this.#trusted({ $gt: new Date(from), $lt: new Date(to) })
    return { ...this.live(now), $nor: [{ [this.#expiresKey]: near }] }
  }

  /** Matches a record that had expired by then. */
  expiredBy(time: number): Fields {
    return { [this.#expiresKey]: this.#trusted({ $lte: new Date(time) }) }
  }

  /** Matches a record that still holds this very session. */
  holding(session: unknown): Fields {
    // Even if middleware sees it: else Mongoose would look for another value
    const isOpaque = this.#mixed.has('session') && typeof session === 'object' && session !== null
    return { session: this.#trusted({ $eq: isOpaque ? new OpaqueValue(session) : session }) }
  }

  #updateFrom({ expires, session, fields, set, unset }: RecordUpdate): Fields {
    // Assigned one by one, since spreading is several times slower
    const $set: Fields = {}
    let $unset: Fields | undefined
    if (expires) $set[this.#expiresKey] = expires
    if (session !== undefined) $set.session = this.#passed('session', session)
    for (const path in set) $set[path] = this.#passed('session', set[path])
    if (unset) for (const path of unset) ($unset ??= {})[path] = ''
    for (const name in fields) {
      if (fields[name] === undefined) ($unset ??= {})[name] = ''
      else $set[name] = this.#passed(name, fields[name])
    }
    return $unset ? { $set, $unset } : { $set }
  }

  /** The value to hand to Mongoose. */
  #passed(path: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (this.#areSeen) return plainCopy(value)
    return this.#mixed.has(path) ? new OpaqueValue(value) : value
  }
}

/** Wraps a value of a Mixed path: Mongoose does not look inside, and the driver unwraps it with `toBSON`. */
class OpaqueValue {
  // Private, since Mongoose would look into a property
  readonly #value: object
  constructor(value: object) {
    this.#value = value
  }
  toBSON(): unknown {
    return this.#value
  }
  // For the logs of Mongoose's `debug` and of the driver's command monitoring
  toJSON(key: string): unknown {
    const { toJSON } = this.#value as { toJSON?: unknown }
    return typeof toJSON === 'function' ? toJSON.call(this.#value, key) : this.#value
  }
  [inspect.custom](): unknown {
    return this.#value
  }
}
