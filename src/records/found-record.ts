/** Records as they were found: their fields, and the keys of their sessions as bytes. */

import type { ResolvedOptions } from '../options/resolved-options'
import { documentIn, documentOf, elementsOf } from '../payload/bson-elements'
import type { State } from '../payload/changes'
import { notASession } from '../payload/codec'
import type { SessionModel } from './model'
import { type Fields, PLAIN_VALUES } from './queries'

/** A record as it was found. */
export interface FoundRecord {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
  /** Every field of the record. */
  readonly fields: Fields
  /** The keys of `session` as they are stored; none where it is no object. */
  readonly values: () => State<Buffer>
  /** The record once more, whatever has been done to its objects. */
  readonly again: () => FoundRecord
}

/** For a value that may have no form in JavaScript, and is then not what is looked for. */
const ANY_VALUE = { ...PLAIN_VALUES, bsonRegExp: true, validation: { utf8: false } } as const

/** @internal */
export class FoundRecords {
  readonly #bson: SessionModel['base']['mongo']['BSON']
  readonly #idField: string
  readonly #expiresKey: string

  constructor(model: SessionModel, { idField, expiresKey }: ResolvedOptions) {
    this.#bson = model.base.mongo.BSON
    this.#idField = idField
    this.#expiresKey = expiresKey
  }

  /** One that is listed: nothing is compared with it. */
  recordFrom(found: Uint8Array | Fields, decoded = found): FoundRecord {
    if (!(found instanceof Uint8Array)) return this.#record(found, () => this.bytesOf(found))
    try {
      const fields = this.#bson.deserialize(decoded as Uint8Array, PLAIN_VALUES)
      return this.#record(fields, () => Buffer.from(found))
    } catch (cause) {
      return this.#unreadable(found, cause)
    }
  }

  /** One that is given out, and compared with what becomes of it: as bytes, which the app cannot change. */
  loadedFrom(found: Uint8Array | Fields): FoundRecord {
    // A copy: Buffers among what is decoded are views of the bytes
    if (found instanceof Uint8Array) return this.recordFrom(Buffer.from(found), found)
    const bytes = this.bytesOf(found)
    return this.#record(found, () => bytes)
  }

  /** What it is decoded from, for one more that is its own. */
  bytesOf(fields: Fields): Buffer {
    return Buffer.from(this.#bson.serialize(fields))
  }

  #record(fields: Fields, bytes: () => Buffer): FoundRecord {
    return {
      sid: fields[this.#idField] as string,
      session: fields.session,
      expires: fields[this.#expiresKey],
      fields,
      values: () => {
        const session = documentIn(elementsOf(bytes()).get('session'))
        return session ? elementsOf(session) : new Map()
      },
      again: () => this.recordFrom(bytes()),
    }
  }

  /** BSON can hold what JavaScript has no form for: expressions in PCRE's syntax, text that is not UTF-8. */
  #unreadable(found: Uint8Array, cause: unknown): FoundRecord {
    const elements = elementsOf(Buffer.from(found))
    const again = () => this.#unreadable(found, cause)
    return {
      sid: this.#valueOf(elements, this.#idField) as string,
      get session(): unknown {
        throw notASession('the record holds what has no form in JavaScript', cause)
      },
      expires: this.#valueOf(elements, this.#expiresKey),
      fields: {},
      values: () => new Map(),
      again,
    }
  }

  #valueOf(elements: ReadonlyMap<string, Buffer>, field: string): unknown {
    const element = elements.get(field)
    return element && this.#bson.deserialize(documentOf(element), ANY_VALUE)[field]
  }
}
