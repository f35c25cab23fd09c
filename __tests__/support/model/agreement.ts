/** Compares stores with the reference, and MemoryStore as far as it promises the same. */
import { MemoryStore, type SessionData } from 'express-session'
import type { Data } from './data'
import { type Filter, matches, ownerOf } from './filter'
import { FORMS, type Form, type FormName } from './forms'
import { ReferenceStore, World, type Writes } from './reference'
import { type Processes, runSequence } from './run-sequence'
import { described, type Sequence } from './sequence'

/** In words, how a store of this form differs from the reference; undefined if it does not. */
export async function disagreement(
  processes: Processes,
  form: FormName,
  sequence: Sequence,
): Promise<string | undefined> {
  const { writes, touchAfter = 0 } = FORMS[form] as Form
  const promised = await runSequence(references(new World(), writes, touchAfter), sequence)
  return difference(`a store ${form}`, sequence, promised, await runSequence(processes, sequence))
}

/**
 * The same for MemoryStore, up to the first turn that needs what it does not do: a merge, a destroyed
 * session that stays destroyed, an expiry without one in the cookie.
 */
export async function disagreementOfMemoryStore(sequence: Sequence): Promise<string | undefined> {
  const world = new World()
  const isShared = () => !world.isBeyondMemoryStore
  const promised = await runSequence(references(world, 'merge'), sequence, isShared)
  const memory = new FilteredMemoryStore()
  const outcomes = await runSequence([memory, memory], sequence)
  return difference('MemoryStore', sequence, promised, outcomes.slice(0, promised.length))
}

/** MemoryStore with the methods that it lacks. */
class FilteredMemoryStore extends MemoryStore {
  async destroyMany(filter: Filter, callback: (error: null, count: number) => void): Promise<void> {
    const ended = await this.matching(filter)
    for (const { id } of ended) this.destroy(id as string)
    callback(null, ended.length)
  }

  matching(filter: Filter): Promise<Data[]> {
    return new Promise((resolve) => {
      this.all((_error, sessions) => {
        const all = Object.entries(sessions as unknown as Record<string, SessionData & Data>)
        const found = all.filter(([sid, session]) =>
          // `all` lists no expired session
          matches(filter, { sid, expires: Infinity, owner: ownerOf(session), session }),
        )
        resolve(found.map(([id, session]) => ({ ...session, id })))
      })
    })
  }
}

function references(world: World, writes: Writes, touchAfter = 0): Processes {
  const reference = () => new ReferenceStore(world, writes, touchAfter)
  return [reference(), reference()]
}

function difference(
  who: string,
  sequence: Sequence,
  promised: readonly unknown[][],
  outcomes: readonly unknown[][],
): string | undefined {
  const inWords = (turn: unknown) => JSON.stringify(turn, null, 1)
  const turn = promised.findIndex((each, i) => inWords(each) !== inWords(outcomes[i]))
  if (turn === -1) return undefined
  const where = turn < sequence.length ? `turn ${turn + 1}` : 'the look at everything at the end'
  return [
    described(sequence),
    `In ${where}, ${who} comes to`,
    inWords(outcomes[turn]),
    'where the promise is',
    inWords(promised[turn]),
  ].join('\n')
}
