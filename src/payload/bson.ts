/** Sessions as BSON: serializes, deserializes and compares. */
import type { mongo } from 'mongoose'
import { documentOf } from './bson-elements'
import { isSameValue } from './changes'
import { refusedByBson, type SessionPayload } from './payload'

/** Fixed, since an app's settings could make `get` return values that `JSON.stringify` refuses. */
export const PLAIN_VALUES = {
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: true,
  useBigInt64: false,
} as const

const AS_STORED = { promoteValues: false, bsonRegExp: true } as const

/** Uses the BSON of the model's Mongoose. @internal */
export class Bson {
  constructor(private readonly bson: typeof mongo.BSON) {}

  /** @throws MongoDBStoreError if BSON cannot represent the session */
  serialize(session: SessionPayload): Buffer {
    try {
      return Buffer.from(this.bson.serialize(session))
    } catch (cause) {
      throw refusedByBson(cause) ?? cause
    }
  }

  deserialize(bytes: Uint8Array): SessionPayload {
    return this.bson.deserialize(bytes, PLAIN_VALUES)
  }

  /** The element's value exactly as stored, without conversion to JavaScript types. */
  exactly(element: Buffer): unknown {
    const [value] = Object.values(this.bson.deserialize(documentOf(element), AS_STORED))
    return value
  }

  /** Whether two values have the same bytes. */
  readonly areSame = (value: unknown, other: unknown): boolean => {
    return this.serialize({ value }).equals(this.serialize({ value: other }))
  }

  /** Whether the value is already stored, maybe in another form: some programs write 5 as a double. */
  readonly isStored = (stored: Buffer, value: unknown, key: string): boolean => {
    // Most of a session has not changed, which shows without serializing it
    const isSame = isSameValue(stored, value)
    if (isSame !== undefined) return isSame
    const ours = this.serialize({ [key]: value })
    const theirs = documentOf(stored)
    return theirs.equals(ours) || ours.equals(this.bson.serialize(this.deserialize(theirs)))
  }
}
