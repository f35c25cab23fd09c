/** Computes the app's extra fields of a record from its session. */
import type { Schema } from 'mongoose'
import type { MongoDBStoreError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'
import { notStorable, plainCopy } from '../payload/payload'
import type { SessionModel } from '../records/model'
import type { Fields } from '../records/queries'
import { schemaOf } from '../records/schema'

/** @internal */
export class ComputedFields {
  readonly #compute: (session: never, sid: string) => unknown
  readonly #schema: Schema
  /** The fields to remove if the function leaves them out. */
  readonly #ownNames: readonly string[]
  readonly #reserved: ReadonlySet<string>

  constructor(model: SessionModel, options: ResolvedOptions) {
    const { fields, schema = {}, idField, expiresKey } = options
    this.#compute = fields as NonNullable<typeof fields>
    this.#schema = schemaOf(model)
    this.#ownNames = Object.keys(schema)
    this.#reserved = new Set(['_id', 'session', idField, expiresKey])
  }

  /**
   * The fields, cast by the schema; `undefined` for a field to remove.
   * @throws MongoDBStoreError `ERR_MONGODB_STORE_SESSION`
   */
  of(session: object, sid: string): Fields {
    const values: Fields = Object.fromEntries(this.#ownNames.map((name) => [name, undefined]))
    for (const [name, value] of Object.entries(this.#computed(session, sid))) {
      if (this.#reserved.has(name))
        throw refused(`it returned \`${name}\`, which belongs to the store`)
      values[name] = this.#cast(name, value)
    }
    // A copy, which the app can no longer change
    const copy = plainCopy(values) as Fields
    return Object.fromEntries(Object.keys(values).map((name) => [name, copy[name]]))
  }

  #computed(session: object, sid: string): object {
    let computed: unknown
    try {
      computed = this.#compute(session as never, sid)
    } catch (cause) {
      throw refused('it threw', cause)
    }
    const isPlain = typeof computed === 'object' && computed !== null && !('then' in computed)
    if (!isPlain) throw refused('it must return an object, and not a promise')
    return computed as object
  }

  #cast(name: string, value: unknown): unknown {
    if (value === undefined || value === null) return value
    const path = this.#schema.path(name)
    if (path) {
      try {
        // A Mixed path stores the value as the session would
        const cast: unknown = path.cast(path.instance === 'Mixed' ? plainCopy(value) : value)
        // For documents, what Mongoose stores, not what their `toJSON` shows
        const { toBSON } = cast as { toBSON?: unknown }
        return typeof toBSON === 'function' ? toBSON.call(cast) : cast
      } catch (cause) {
        throw refused(`its \`${name}\` does not have the schema's type`, cause)
      }
    }
    if (this.#schema.pathType(name) !== 'nested' || typeof value !== 'object') {
      throw refused(`it returned \`${name}\`, which the schema does not have`)
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, this.#cast(`${name}.${key}`, part)]),
    )
  }
}

/** The fields of `after` whose values differ from `before`. */
export function changedFields(
  before: Fields,
  after: Fields,
  isSame: (before: unknown, after: unknown) => boolean,
): Fields {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => {
      const old = before[name]
      return value !== old && (value === undefined || old === undefined || !isSame(old, value))
    }),
  )
}

function refused(why: string, cause?: unknown): MongoDBStoreError {
  return notStorable(`the function \`fields\`: ${why}`, cause)
}
