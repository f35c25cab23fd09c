/** Mongoose documents within a session, and the Buffers in their JSON. */

/** The methods of documents and subdocuments in every version of Mongoose. */
interface MongooseDocument {
  toJSON(key?: string): unknown
  toObject(): unknown
}

const METHODS = ['toJSON', 'toObject', '$set', '$isDefault'] as const

/** Not by `instanceof`: an app may have its own copy of Mongoose. Parsed JSON has no functions, and never matches. */
export function isMongooseDocument(value: object): value is MongooseDocument {
  return METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

/**
 * A document as its `toJSON` gives it; ObjectIds and Dates keep their types. Its `toBSON` would ignore
 * the schema's `toJSON` options, and store fields that the app hides.
 */
export function documentToJSON(document: MongooseDocument, key: string): unknown {
  const json = document.toJSON(key)
  return json === document ? document.toObject() : json
}

/** The Buffer that Mongoose has written as JSON: `{ type: 'Buffer', data: [1, 2] }`. */
export function bufferFromJSON(value: object): Buffer | undefined {
  const { type, data } = value as { type?: unknown; data?: unknown }
  if (type !== 'Buffer' || !Array.isArray(data) || Object.keys(value).length !== 2) return undefined
  return data.every(isByte) ? Buffer.from(data) : undefined
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}
