/** The writes of the store, in terms of a record's fields. */
import type { Condition } from '../payload/expiry'
import type { FieldNames, Fields, Write } from './queries'

/** A write to a record, with the facts that are needed to fold it with others. */
export interface Statement {
  readonly write: Write
  /** The names of the fields of the session id and of the expiry. */
  readonly names: FieldNames
  /**
   * The records that an update is for. `dated`: records whose expiry is to come. `live`: these, and records
   * without an expiry. Undefined: records by any other condition; such an update cannot be folded.
   */
  readonly matches?: 'dated' | 'live' | undefined
  /** The expiry is still to come if it is later than this: milliseconds since the epoch. */
  readonly now: number
}

/** The values to write to a record: the whole session, or some paths of it. */
export interface RecordUpdate {
  readonly expires?: Date
  readonly session?: unknown
  /** The app's own fields; `undefined` removes a field. */
  readonly fields?: Fields | undefined
  /** Values by their path within the record. */
  readonly set?: Fields | undefined
  readonly unset?: readonly string[]
}

/** @internal */
export class Statements {
  readonly #names: FieldNames

  constructor({ idField, expiresKey }: FieldNames) {
    this.#names = { idField, expiresKey }
  }

  /** Inserts the record, or updates an existing one. */
  inserting(sid: string, update: RecordUpdate): Statement {
    const write = { filter: this.#by(sid), update: this.#updateFrom(update), upsert: true }
    return { write, names: this.#names, matches: undefined, now: 0 }
  }

  /** Updates a record that exists and meets the condition. No such record is no error. */
  updating(sid: string, update: RecordUpdate, { filter, matches, now }: Condition): Statement {
    const write = {
      filter: { ...this.#by(sid), ...filter },
      update: this.#updateFrom(update),
      upsert: false,
    }
    return { write, names: this.#names, matches, now }
  }

  removing(sid: string): Statement {
    // Another field may lack its unique index
    const write = { remove: this.#by(sid), isOne: this.#names.idField === '_id' }
    return { write, names: this.#names, matches: undefined, now: 0 }
  }

  #updateFrom({ expires, session, fields, set, unset }: RecordUpdate): Fields {
    // Assigned one by one: spreading takes several times as long
    const $set: Fields = {}
    let $unset: Fields | undefined
    if (expires) $set[this.#names.expiresKey] = expires
    for (const path in set) $set[path] = set[path]
    if (session !== undefined) $set.session = session
    if (unset) for (const path of unset) ($unset ??= {})[path] = ''
    for (const name in fields) {
      if (fields[name] === undefined) ($unset ??= {})[name] = ''
      else $set[name] = fields[name]
    }
    return $unset ? { $set, $unset } : { $set }
  }

  #by(sid: string): Fields {
    return { [this.#names.idField]: sid }
  }
}
