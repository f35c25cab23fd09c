/** Mongoose documents among a session's data, and what their `toJSON` makes of bytes. */

/** What every Mongoose document has, of whichever copy and version of Mongoose: subdocuments as well. */
interface MongooseDocument {
  toJSON(key?: string): unknown
  toObject(): unknown
}

const METHODS = ['toJSON', 'toObject', '$set', '$isDefault'] as const

/** Not by `instanceof`: an app may have a Mongoose of its own. Text alone cannot make data look like one. */
export function isMongooseDocument(value: object): value is MongooseDocument {
  return METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

/**
 * A document as its schema says that it is shown: by its `toJSON`, with ObjectIds and Dates as what
 * they are. (Its `toBSON` is how it is stored: past the schema, and with what is never to be shown.)
 */
export function asItIsShown(document: MongooseDocument, key: string): unknown {
  const shown = document.toJSON(key)
  return shown === document ? document.toObject() : shown
}

/** The bytes that Mongoose has written as JSON has them: `{ type: 'Buffer', data: [1, 2] }`. */
export function bytesOfJSON(value: object): Buffer | undefined {
  const { type, data } = value as { type?: unknown; data?: unknown }
  if (type !== 'Buffer' || !Array.isArray(data) || Object.keys(value).length !== 2) return undefined
  return data.every(isByte) ? Buffer.from(data) : undefined
}

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}
