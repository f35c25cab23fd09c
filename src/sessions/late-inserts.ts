/** Inserts that may reach the server after their caller was answered with an error. */
import { NoAnswerError } from '../errors'
import type { Fields } from '../records/queries'

/** The filter of a removal of every session. */
export const EVERYTHING: Fields = {}

/**
 * The driver goes on with an insert after its time was up. One that reaches the server after a removal
 * would bring the session back: then the session is removed again. @internal
 */
export class LateInserts {
  /** By session id: how many are late, and the filters of the removals that were issued since. */
  readonly #late = new Map<string, { count: number; readonly removals: Set<Fields> }>()

  /** @param remove removes the session if it matches the filter */
  constructor(private readonly remove: (sid: string, filter: Fields) => void) {}

  /** Notes the failure of an insert. */
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

  /** Notes, when it is issued, that the session is inserted once more: it may exist. */
  inserting(sid: string): void {
    this.#late.get(sid)?.removals.clear()
  }

  /** Notes a removal, when it is issued: of one session, else of every session that matches. */
  removing(filter: Fields, sid?: string): void {
    for (const [each, { removals }] of this.#late) {
      if (sid === undefined || each === sid) removals.add(filter)
    }
  }
}
