/** Records as they were found: their fields, and the keys of their sessions as bytes. */

import type { ResolvedOptions } from '../options/resolved-options'
import { documentIn, documentOf, elementsOf, textOf } from '../payload/bson-elements'
import type { State } from '../payload/changes'
import { notASession } from '../payload/codec'
import type { SessionModel } from './model'
import { type Bytes, type Fields, PLAIN_VALUES } from './queries'

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
  readonly reread: () => FoundRecord
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

  sidOf(found: Bytes | Fields): string {
    if (!(found instanceof Uint8Array)) return found[this.#idField] as string
    // Not the whole record, which is read once more when it is asked for
    return textOf(found, this.#idField) as string
  }

  /** One that is listed: nothing is compared with it. */
  recordFrom(found: Bytes | Fields): FoundRecord {
    return this.#record(found, () => this.copyOf(found))
  }

  /** One that is given out, and compared with what becomes of it. */
  loadedFrom(found: Bytes | Fields): FoundRecord {
    // A copy: Buffers among what is decoded are views of the bytes, which the app may write to
    const bytes = this.copyOf(found)
    return this.#record(found, () => bytes)
  }

  /** As bytes that nobody else has. */
  copyOf(found: Bytes | Fields): Buffer {
    return Buffer.from(found instanceof Uint8Array ? found : this.#bson.serialize(found))
  }

  #record(found: Bytes | Fields, bytes: () => Buffer): FoundRecord {
    let fields: Fields
    try {
      const isBytes = found instanceof Uint8Array
      fields = isBytes ? this.#bson.deserialize(found, PLAIN_VALUES) : found
    } catch (cause) {
      return this.#unreadable(bytes(), cause)
    }
    return {
      sid: fields[this.#idField] as string,
      session: fields.session,
      expires: fields[this.#expiresKey],
      fields,
      values: () => {
        const session = documentIn(elementsOf(bytes()).get('session'))
        return session ? elementsOf(session) : new Map()
      },
      reread: () => this.recordFrom(bytes()),
    }
  }

  /** BSON can hold what JavaScript has no form for: expressions in PCRE's syntax, text that is not UTF-8. */
  #unreadable(bytes: Buffer, cause: unknown): FoundRecord {
    const elements = elementsOf(bytes)
    const reread = () => this.#unreadable(bytes, cause)
    return {
      sid: this.#valueOf(elements, this.#idField) as string,
      get session(): unknown {
        throw notASession('the record holds what has no form in JavaScript', cause)
      },
      expires: this.#valueOf(elements, this.#expiresKey),
      fields: {},
      values: () => new Map(),
      reread,
    }
  }

  #valueOf(elements: ReadonlyMap<string, Buffer>, field: string): unknown {
    const element = elements.get(field)
    return element && this.#bson.deserialize(documentOf(element), ANY_VALUE)[field]
  }
}
