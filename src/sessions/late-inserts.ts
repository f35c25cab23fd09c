/** Inserts that may reach the server after they were reported as failed. */
import { NoAnswerError } from '../errors'
import type { Fields } from '../records/queries'

/** The filter that removes every session. */
export const EVERYTHING: Fields = {}

/**
 * The driver goes on with an insert that has timed out. If that reaches the server after a removal, it brings
 * the session back: then the session is removed again. @internal
 */
export class LateInserts {
  /** By session id: how many are late, and the filters of the removals since. */
  readonly #late = new Map<string, { count: number; readonly removals: Set<Fields> }>()

  /** @param remove removes the session if it matches the filter */
  constructor(private readonly remove: (sid: string, filter: Fields) => void) {}

  /** Call when an insert has failed. */
  failed(sid: string, error: unknown): void {
    if (!(error instanceof NoAnswerError) || !error.ending) return
    const late = this.#late.get(sid) ?? { count: 0, removals: new Set() }
    this.#late.set(sid, late)
    late.count++
    const ended = () => {
      if (--late.count === 0) this.#late.delete(sid)
    }
    error.ending.then(() => {
      ended()
      for (const filter of late.removals) this.remove(sid, filter)
    }, ended)
  }

  /** Call when the session is inserted again: from now on, it may exist. */
  inserting(sid: string): void {
    this.#late.get(sid)?.removals.clear()
  }

  /** Call when a removal is issued: of one session, else of every matching one. */
  removing(filter: Fields, sid?: string): void {
    for (const [each, { removals }] of this.#late) {
      if (sid === undefined || each === sid) removals.add(filter)
    }
  }
}
