/** Serializes values as they would be stored, and compares them with stored ones. */

import { documentOf } from '../payload/bson-elements'
import { type Bson, serialized } from '../payload/codec'
import { isSameValue } from '../payload/same-value'
import type { SessionModel } from './model'
import { type Fields, PLAIN_VALUES } from './queries'

/** @internal */
export class StoredValues {
  readonly #bson: SessionModel['base']['mongo']['BSON']

  constructor(model: SessionModel) {
    this.#bson = model.base.mongo.BSON
  }

  /** Whether two values are stored as the same bytes. */
  readonly areSame = (value: unknown, other: unknown): boolean => {
    const [a, b] = [value, other].map((v) => Buffer.from(this.#bson.serialize({ v })))
    return (a as Buffer).equals(b as Buffer)
  }

  /** Serializes sessions for encryption, which works on bytes. */
  readonly bson: Bson = {
    serialize: (session) => this.#bson.serialize(session),
    deserialize: (bytes) => this.#bson.deserialize(bytes, PLAIN_VALUES),
  }

  /** The session as it would be stored. */
  of(session: Fields): Buffer {
    return Buffer.from(serialized(session, this.bson))
  }

  /** Whether the value is stored already, also in another form: another program may write 5 as a double. */
  readonly isStored = (stored: Buffer, value: unknown, key: string): boolean => {
    // Most of a session did not change, and this is seen without serializing it
    const isSame = isSameValue(stored, value)
    if (isSame !== undefined) return isSame
    const ours = this.of({ [key]: value })
    const theirs = documentOf(stored)
    if (theirs.equals(ours)) return true
    return ours.equals(this.#bson.serialize(this.#bson.deserialize(theirs, PLAIN_VALUES)))
  }
}
