/** Inserts that may reach the server after their caller was answered with an error. */
import { NoAnswerError } from '../errors'
import type { Fields } from '../records/queries'

/**
 * The driver goes on with an insert after its time was up. One that reaches the server after a removal
 * would bring the session back: then the session is removed again.
 *
 * @internal
 */
export class LateInserts {
  /** By session id, the filters of the removals that were issued since. */
  readonly #removals = new Map<string, Set<Fields>>()
  readonly #remove: (sid: string, filter: Fields) => void

  /** @param remove removes the session if it matches the filter */
  constructor(remove: (sid: string, filter: Fields) => void) {
    this.#remove = remove
  }

  /** Notes the failure of an insert. */
  failed(sid: string, error: unknown): void {
    if (!(error instanceof NoAnswerError) || !error.ending) return
    const removals = new Set<Fields>()
    this.#removals.set(sid, removals)
    const forget = () => {
      if (this.#removals.get(sid) === removals) this.#removals.delete(sid)
    }
    error.ending.then(() => {
      forget()
      for (const filter of removals) this.#remove(sid, filter)
    }, forget)
  }

  /** Notes that the session is inserted once more: it may exist. */
  inserting(sid: string): void {
    this.#removals.get(sid)?.clear()
  }

  /** Notes a removal: of one session, else of every session that matches. */
  removing(filter: Fields, sid?: string): void {
    for (const [each, removals] of this.#removals) {
      if (sid === undefined || each === sid) removals.add(filter)
    }
  }
}
