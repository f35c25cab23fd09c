/** Decodes records that were read: their fields, and their sessions as bytes. */

import type { ResolvedOptions } from '../options/resolved-options'
import {
  documentIn,
  documentOf,
  EMPTY_DOCUMENT,
  elementsOf,
  textOf,
} from '../payload/bson-elements'
import { notASession } from '../payload/codec'
import type { SessionModel } from './model'
import { type Bytes, type Fields, PLAIN_VALUES } from './queries'

/** A record as it was read. */
export interface FoundRecord {
  readonly sid: string
  readonly session: unknown
  readonly expires: unknown
  /** Every field of the record. */
  readonly fields: Fields
  /** `session` as it is stored; a document without keys if it is no object. */
  readonly document: () => Buffer
  /** Decodes the record once more, with new objects in place of any that were changed. */
  readonly reread: () => FoundRecord
}

/** Decodes values of every kind: one that JavaScript cannot hold must not throw here. */
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
    // Decodes only the id: the whole record is decoded when it is needed
    return textOf(found, this.#idField) as string
  }

  /** For a listed session: nothing is compared with it later. */
  recordFrom(found: Bytes | Fields): FoundRecord {
    return this.#record(found, () => this.copyOf(found))
  }

  /** For a loaded session: a later `set` compares its changes with this record. */
  loadedFrom(found: Bytes | Fields): FoundRecord {
    // A copy: decoded Buffers are views of the bytes, and the app may write to them
    const bytes = this.copyOf(found)
    return this.#record(found, () => bytes)
  }

  /** The record as bytes that nobody else holds. */
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
      document: () => documentIn(elementsOf(bytes()).get('session')) ?? EMPTY_DOCUMENT,
      reread: () => this.recordFrom(bytes()),
    }
  }

  /** For a record with a value that JavaScript cannot hold: a regular expression of PCRE, or broken UTF-8. */
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
      document: () => EMPTY_DOCUMENT,
      reread,
    }
  }

  #valueOf(elements: ReadonlyMap<string, Buffer>, field: string): unknown {
    const element = elements.get(field)
    return element && this.#bson.deserialize(documentOf(element), ANY_VALUE)[field]
  }
}
