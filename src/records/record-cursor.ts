/** Reads the records of a list one by one, as bytes or as objects, and closes the cursor. */

import { type DriverCursor, onDriverCursor } from '../mongoose-internals'
import type { Bytes, Fields } from './queries'

/** A cursor of Mongoose's, of a query that reads bytes. */
export interface Cursor {
  next(): Promise<unknown>
  close(): Promise<unknown>
}

/** Closes the cursor if the loop ends early: Mongoose's own iterator has no `return` for that. */
export async function* iterateCursor(cursor: Cursor): AsyncGenerator<Bytes> {
  try {
    for (let found = await cursor.next(); found; found = await cursor.next()) yield found as Bytes
  } finally {
    // A cursor that failed before it was opened rejects
    await cursor.close().catch(() => {})
  }
}

/**
 * Decodes each record before middleware of the app's sees it. The driver would fail for one that cannot be
 * decoded, and early versions lose all of its batch: such a record comes as bytes.
 */
export function iterateDecoded(
  cursor: Cursor,
  decode: (bytes: Bytes) => Fields,
): AsyncGenerator<Bytes | Fields> {
  /** Of each record that was decoded and not given yet: its bytes if that has failed. */
  const decoded: (Bytes | undefined)[] = []
  onDriverCursor(cursor, (driverCursor: DriverCursor) => {
    driverCursor.map((bytes) => {
      let fields: Fields | undefined
      try {
        fields = decode(bytes as Bytes)
      } catch {}
      decoded.push(fields ? undefined : (bytes as Bytes))
      return fields ?? bytes
    })
  })
  const next = async () => {
    try {
      const found = await cursor.next()
      decoded.shift()
      return found
    } catch (error) {
      const undecodable = decoded.shift()
      // Middleware that expects an object has met the bytes
      if (undecodable) return undecodable
      throw error
    }
  }
  return iterateCursor({ next, close: () => cursor.close() })
}
