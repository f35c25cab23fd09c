/** What is to be written to a record, in the names of its fields. */
import type { Condition } from '../payload/expiry'
import type { FieldNames, Fields, Write } from './queries'

/** A write to a record, with what has to be known of it to fold it with others. */
export interface Statement {
  readonly write: Write
  /** The field of the expiry, and of the session id. */
  readonly names: FieldNames
  /**
   * Of an update: which records it is for. `dated` are those whose expiry is to come, `live` those and
   * the ones without an expiry; what asks for more cannot be folded.
   */
  readonly matches?: 'dated' | 'live' | undefined
  /** The time by which the expiry is still to come: milliseconds since the epoch. */
  readonly now: number
}

/** What is to be written to the data: all of it, or what some paths name. */
export interface RecordUpdate {
  readonly expires?: Date
  readonly session?: unknown
  /** The app's own fields; `undefined` removes one. */
  readonly fields?: Fields | undefined
  /** By path within the record. */
  readonly set?: Fields | undefined
  readonly unset?: readonly string[]
}

/** @internal */
export class Statements {
  readonly #names: FieldNames

  constructor({ idField, expiresKey }: FieldNames) {
    this.#names = { idField, expiresKey }
  }

  /** Writes the record, whether or not there is one. */
  inserting(sid: string, update: RecordUpdate): Statement {
    const write = { filter: this.#by(sid), update: this.#updateFrom(update), upsert: true }
    return { write, names: this.#names, matches: undefined, now: 0 }
  }

  /** Writes to a record that is there and meets the condition; if there is none, that is no error. */
  updating(sid: string, update: RecordUpdate, { filter, matches, now }: Condition): Statement {
    const write = {
      filter: { ...this.#by(sid), ...filter },
      update: this.#updateFrom(update),
      upsert: false,
    }
    return { write, names: this.#names, matches, now }
  }

  removing(sid: string): Statement {
    // In another field, the index that keeps it unique may be missing
    const write = { remove: this.#by(sid), isOne: this.#names.idField === '_id' }
    return { write, names: this.#names, matches: undefined, now: 0 }
  }

  #updateFrom({ expires, session, fields, set, unset }: RecordUpdate): Fields {
    const $set: Fields = { ...(expires && { [this.#names.expiresKey]: expires }), ...set }
    if (session !== undefined) $set.session = session
    const removed = [...(unset ?? [])]
    for (const name in fields) {
      if (fields[name] === undefined) removed.push(name)
      else $set[name] = fields[name]
    }
    if (removed.length === 0) return { $set }
    return { $set, $unset: Object.fromEntries(removed.map((path) => [path, ''])) }
  }

  #by(sid: string): Fields {
    return { [this.#names.idField]: sid }
  }
}
