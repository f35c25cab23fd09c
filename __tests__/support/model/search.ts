/** Searches for a sequence on which a store breaks its promises, with several runs at once. */
import fc from 'fast-check'
import type { Connection, Model } from 'mongoose'
import { disagreement, disagreementOfMemoryStore } from './agreement'
import { FORM_NAMES, type FormName, twoStores } from './forms'
import type { Processes } from './run-sequence'
import { type Sequence, type ServerAbilities, sequences, suited } from './sequence'

export interface Search {
  /** How many sequences to try. */
  readonly runs: number
  readonly seed: number
  /** Leads straight to what a search with this seed has found. */
  readonly path?: string
  /** Whether to look for the shortest sequence that shows the same; it takes a while. */
  readonly shrinks?: boolean
  /** Sequences contain nothing that the server cannot do. */
  readonly abilities: ServerAbilities
  /** Creates the stores; by default as forms.ts does. */
  readonly stores?: (form: FormName, connection: Connection) => Processes
}

export interface Finding {
  readonly seed: number
  readonly path: string
  /** The shortest sequence that shows it, and what is wrong, in words. */
  readonly report: string
}

/** Enough to keep a server busy while the process prepares the next. */
export const AT_ONCE = 8

/** The first finding; undefined if no sequence breaks a promise. */
export async function search(
  connection: Connection,
  options: Search,
): Promise<Finding | undefined> {
  const { runs, seed, path } = options
  connection.setMaxListeners(0) // every store listens to it
  if (path) return searchAlone(connection, { ...options, runs: 1 }, {})
  const shares = Array.from({ length: AT_ONCE }, (_, i) => ({
    ...options,
    seed: (seed + i) | 0,
    runs: Math.ceil(runs / AT_ONCE),
  }))
  // The first one to find something goes on alone, to the shortest sequence
  const race = {}
  const findings = await Promise.all(shares.map((share) => searchAlone(connection, share, race)))
  return findings.find((finding) => finding !== undefined)
}

async function searchAlone(
  connection: Connection,
  options: Search,
  race: { wonBy?: number },
): Promise<Finding | undefined> {
  const { runs, seed, path, abilities, stores = twoStores, shrinks = true } = options
  const made = new Map<FormName, Processes>()
  const storesOf = (form: FormName) => {
    const known = made.get(form) ?? stores(form, connection)
    made.set(form, known)
    return known
  }
  const property = fc.asyncProperty(
    fc.constantFrom(...FORM_NAMES),
    sequences.map((sequence) => suited(sequence, abilities)),
    async (form, sequence) => {
      const isOver = () => race.wonBy !== undefined && race.wonBy !== seed
      if (isOver()) return
      const found = await outcome(storesOf(form), form, sequence)
      if (!found || isOver()) return
      race.wonBy = seed
      throw new Disagreement(found)
    },
  )
  try {
    const settings = { numRuns: runs, seed, ...(path === undefined ? {} : { path }) }
    const result = await fc.check(property, { ...settings, endOnFailure: !shrinks })
    if (!result.failed) return undefined
    const { errorInstance, counterexamplePath } = result
    const report =
      errorInstance instanceof Disagreement ? errorInstance.message : `${errorInstance}`
    return { seed, path: counterexamplePath ?? '', report }
  } finally {
    const closing = [...made.values()].flat() as unknown as Closable[]
    await Promise.all(closing.map((store) => store.close()))
  }
}

async function outcome(
  processes: Processes,
  form: FormName,
  sequence: Sequence,
): Promise<string | undefined> {
  try {
    const found = await disagreement(processes, form, sequence)
    return found ?? (await disagreementOfMemoryStore(sequence))
  } finally {
    // A server's every write takes longer the more records there are
    await (processes[0] as unknown as { model: Model<unknown> }).model.deleteMany({})
  }
}

class Disagreement extends Error {}

interface Closable {
  close(): Promise<void>
}
