/** Random sequences of what several callers in two processes ask of their store. */
import fc from 'fast-check'
import type { Data } from './data'
import { type Filter, filters } from './filter'

/** The cookie with which a session is stored: as it is, renewed as express-session does, or another. */
export type CookieChange = 'as it is' | 'renewed' | { maxAge: number | null }

/**
 * A caller holds the session that it loaded or made last. It is `live` if express-session would
 * have made it, and else plain data.
 */
export type Step =
  | { do: 'load'; caller: string; sid: string; live: boolean }
  | { do: 'create'; caller: string; sid: string; live: boolean; data: Data; maxAge: number | null }
  | { do: 'save'; caller: string; set: Data; remove: string[]; cookie: CookieChange }
  | { do: 'touch'; caller: string; cookie: CookieChange }
  | { do: 'touch unloaded'; sid: string; maxAge: number | null }
  | { do: 'regenerate'; caller: string; sid: string; data: Data; maxAge: number | null }
  | { do: 'destroy'; sid: string }
  | { do: 'sessions'; filter: Filter }
  | { do: 'destroyMany'; filter: Filter; live: boolean }
  | { do: 'all' | 'length' | 'clear' | 'removal of what expired' }

/** How answers are asked for: one after the other by a callback and by a promise, or all alike. */
export type Asking = 'callback' | 'promise' | 'each in turn'

/** What is asked for at once, in one process, and how much later than what came before (ms). */
export interface Turn {
  readonly later: number
  readonly process: 0 | 1
  readonly by: Asking
  readonly steps: readonly Step[]
}

export type Sequence = readonly Turn[]

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Unevenly, so that callers come upon each other. */
const sid = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c')
const caller = fc.constantFrom('ann', 'bob')
const where = fc.constantFrom(0 as const, 1 as const)
const live = fc.boolean()
const by = fc.constantFrom<Asking>('callback', 'promise', 'each in turn')
const value = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom<unknown>('text', '', null, true, {}, { nested: { deep: 1 } }, [], [1, 2]),
)
const KEYS = ['user', 'views', 'cart', '0']
const data = fc.dictionary(fc.constantFrom(...KEYS, 'toString'), value, { maxKeys: 3 })
const set = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 2 })
const remove = fc.subarray(KEYS, { maxLength: 2 })
const maxAge = fc.constantFrom(MINUTE, MINUTE, 2 * MINUTE, 2 * MINUTE, null, null, -MINUTE)
const cookie = fc.oneof(
  fc.constantFrom<CookieChange>('as it is', 'renewed'),
  fc.record({ maxAge }),
) satisfies fc.Arbitrary<CookieChange>

const is = <K extends string>(kind: K) => fc.constant(kind)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('load'), caller, sid, live }) },
  { weight: 3, arbitrary: fc.record({ do: is('create'), caller, sid, live, data, maxAge }) },
  { weight: 6, arbitrary: fc.record({ do: is('save'), caller, set, remove, cookie }) },
  { weight: 3, arbitrary: fc.record({ do: is('touch'), caller, cookie }) },
  { weight: 1, arbitrary: fc.record({ do: is('touch unloaded'), sid, maxAge }) },
  { weight: 1, arbitrary: fc.record({ do: is('regenerate'), caller, sid, data, maxAge }) },
  { weight: 2, arbitrary: fc.record({ do: is('destroy'), sid }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear', 'removal of what expired') }) },
)

/** It sees what was asked for before it; what is asked for after it, it may see or not. */
const look: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('all' as const, 'length' as const) }),
  fc.record({ do: is('sessions'), filter: fc.oneof(fc.constant({}), filters) }),
  fc.record({ do: is('destroyMany'), filter: filters, live }),
)

/** Most turns follow at once; the others come upon sessions that have just expired, or long since. */
const later = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constantFrom(1, MINUTE / 2, MINUTE - 1, MINUTE, 2 * MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(14 * DAY - 1, 14 * DAY) },
)

/** A sid is there from the start, and somebody has loaded it, so that few steps come to nothing. */
const opening: fc.Arbitrary<Turn[]> = fc
  .record({ process: where, by, sid, made: live, loaded: live, data, maxAge })
  .map(({ process, by, sid, made, loaded, data, maxAge }) => [
    {
      later: 0,
      process,
      by,
      steps: [
        { do: 'create', caller: 'ann', sid, live: made, data, maxAge },
        { do: 'load', caller: 'bob', sid, live: loaded },
      ],
    },
  ])

const turn: fc.Arbitrary<Turn> = fc
  .record({
    later,
    process: where,
    by,
    asked: fc.array(step, { minLength: 1, maxLength: 4 }),
    looks: fc.option(look, { freq: 2, nil: undefined }),
  })
  .map(({ asked, looks, ...when }) => ({ ...when, steps: looks ? [...asked, looks] : asked }))

export const sequences: fc.Arbitrary<Sequence> = fc
  .tuple(opening, fc.array(turn, { minLength: 1, maxLength: 3 }))
  .map(([first, others]) => [...first, ...others.flatMap(inOrder)])

/** In turns of their own: reads wait for no touch, nothing waits for a `clear`, nor it or `destroyMany` for reads. */
function inOrder(turn: Turn): Turn[] {
  const { steps } = turn
  const is = (kind: Step['do']) => steps.filter((step) => step.do === kind)
  const touches = steps.filter((step) => step.do.startsWith('touch'))
  const removals = is('load').length > 0 || is('clear').length > 0 ? is('destroyMany') : []
  const apart = [...touches, ...removals, ...is('clear')]
  const turns = [touches, steps.filter((step) => !apart.includes(step)), removals, is('clear')]
  return turns
    .filter((each) => each.length > 0)
    .map((each, i) => ({ ...turn, later: i === 0 ? turn.later : 0, steps: each }))
}

/** What a server may lack, of what the sequences are about. */
export const SERVER_ABILITIES = ['atomicRemoval', 'renamedKeys'] as const

/** Those it has, by the names that local-mongodb gives them. */
export type ServerAbilities = Readonly<Record<(typeof SERVER_ABILITIES)[number], boolean>>

/** The sequence without what would go wrong by the server's own fault. */
export function suited(sequence: Sequence, has: ServerAbilities): Sequence {
  const apart = has.atomicRemoval ? sequence : sequence.flatMap(removingApart)
  return has.renamedKeys ? apart : numbered(apart)
}

/** What has expired is removed after all else that is asked for in the turn, and not meanwhile. */
function removingApart(turn: Turn): Turn[] {
  const isRemoval = (step: Step) => step.do === 'removal of what expired'
  const removals = turn.steps.filter(isRemoval)
  if (removals.length === 0) return [turn]
  const others = turn.steps.filter((step) => !isRemoval(step))
  return [
    { ...turn, steps: others },
    { ...turn, later: 0, steps: removals },
  ]
}

/** Whatever is stored has a number that nothing else has, so that no two differ only in their keys. */
function numbered(sequence: Sequence): Sequence {
  let number = 0
  const numberedStep = (step: Step): Step => {
    if (step.do === 'save') return { ...step, set: { ...step.set, number: ++number } }
    if (step.do !== 'create' && step.do !== 'regenerate') return step
    return { ...step, data: { ...step.data, number: ++number } }
  }
  return sequence.map((turn) => ({ ...turn, steps: turn.steps.map(numberedStep) }))
}

/** The sequence in words, a line for each step. */
export function described(sequence: Sequence): string {
  return sequence
    .map(({ later, process, by, steps }, i) => {
      const when = later === 0 ? '' : `, ${later} ms later`
      return [`turn ${i + 1}, in process ${process}, by ${by}${when}:`, ...steps.map(inWords)].join(
        '\n',
      )
    })
    .join('\n')
}

function inWords({ do: kind, ...details }: Step): string {
  const texts = Object.entries(details).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return `  ${kind} ${texts.join(', ')}`.trimEnd()
}
