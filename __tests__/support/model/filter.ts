/** Filters for `sessions` and `destroyMany`, and what each of them means. */
import fc from 'fast-check'
import type { Data } from './data'

/** By field of the record (`owner` is computed from the session), or by `session.key`. */
export type Filter = Readonly<Record<string, unknown>>

/** The fields of a record that a filter can match. */
export interface Seen {
  readonly sid: string
  readonly expires: number
  readonly owner: number | undefined
  /** Undefined if queries cannot read it, as with a codec. */
  readonly session: Data | undefined
}

const number = fc.constantFrom(0, 3, 6)
const sid = fc.constantFrom('a', 'a', 'b')
const user = fc.constantFrom<unknown>('text', true, 1, { $in: [0, 1, 2, 3, 4, 'text'] })

const simple: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ owner: fc.record({ $gte: number }) }),
  fc.record({ owner: fc.record({ $gte: number }), _id: fc.record({ $ne: sid }) }),
  fc.record({ _id: sid }),
  fc.record({ _id: fc.record({ $in: fc.constant(['a', 'c']) }) }),
  fc.record({ 'session.user': user }),
  fc.record({ 'session.user': user, owner: fc.record({ $gte: number }) }),
)

export const filters: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 1, arbitrary: fc.record({ $or: fc.tuple(simple, simple) }) },
)

/** The field that all stores compute. */
export function ownerOf({ user }: Data): number | undefined {
  return typeof user === 'number' ? user : undefined
}

/** As MongoDB matches the filter. */
export function matches(filter: Filter, seen: Seen): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    if (name === '$or') return (condition as Filter[]).some((each) => matches(each, seen))
    const value = valueIn(name, seen)
    const values = Array.isArray(value) ? [value, ...value] : [value]
    if (typeof condition !== 'object' || condition === null) return values.includes(condition)
    return Object.entries(condition).every(([operator, operand]) =>
      isMet(operator, operand as never, values),
    )
  })
}

function isMet(operator: string, operand: never, values: readonly unknown[]): boolean {
  switch (operator) {
    case '$ne':
      return !values.includes(operand)
    case '$in':
      return values.some((value) => (operand as unknown[]).includes(value))
    case '$gte':
      return values.some((value) => typeof value === 'number' && value >= (operand as number))
    case '$gt':
      return values.some((value) => typeof value === 'number' && value > Number(operand as Date))
    default:
      throw new Error(`no filter of these tests has ${operator}`)
  }
}

function valueIn(name: string, { sid, session, ...fields }: Seen): unknown {
  if (name === '_id') return sid
  const [field, key] = name.split('.') as [string, string | undefined]
  return key === undefined ? fields[field as 'owner'] : session?.[key]
}
