/** Serializes values as they would be stored, and compares them with stored ones. */

import { documentOf, elementsOf } from '../payload/bson-elements'
import type { State } from '../payload/changes'
import type { Bson } from '../payload/encryption'
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

  /** The keys of a session with their values as they would be stored. */
  of(session: Fields): State<Buffer> {
    return elementsOf(Buffer.from(this.#bson.serialize(session)))
  }

  /** Whether the value is stored already, also in another form: another program may write 5 as a double. */
  readonly isStored = (stored: Buffer, value: unknown, key: string): boolean => {
    // Most of a session did not change, and this is seen without serializing it
    const isSame = isSameValue(stored, value)
    if (isSame !== undefined) return isSame
    const ours = this.of({ [key]: value }).get(key) as Buffer
    if (stored.equals(ours)) return true
    const asRead = this.#bson.deserialize(documentOf(stored), PLAIN_VALUES)
    return documentOf(ours).equals(this.#bson.serialize(asRead))
  }
}
