/** Folds several writes to one record into one, if the one has the same effect as all in order. */
import { isPlainObject } from '../payload/objects'
import type { Fields, Write } from './queries'
import type { Statement } from './statements'

/** A write in place of several; `members` are the indices of their statements. */
export interface FoldedWrite {
  readonly write: Write
  readonly members: readonly number[]
}

/**
 * As few writes as have the same effect as the statements in order.
 * @param canReplace whether a removal and an insert may become a replacement
 */
export function fold(statements: readonly Statement[], canReplace = true): readonly FoldedWrite[] {
  const [only] = statements
  if (only && statements.length === 1) return [{ write: only.write, members: [0] }]
  const folded: { statement: Statement; readonly members: number[] }[] = []
  statements.forEach((statement, index) => {
    // A removal undoes every write before it
    if ('remove' in statement.write) {
      const members = folded.flatMap((each) => each.members)
      folded.splice(0, folded.length, { statement, members: [...members, index] })
      return
    }
    const last = folded.at(-1)
    const both = last && together(last.statement, statement, canReplace)
    if (both) {
      last.statement = both
      last.members.push(index)
    } else folded.push({ statement, members: [index] })
  })
  return folded.map(({ statement, members }) => ({ write: statement.write, members }))
}

function together(first: Statement, second: Statement, canReplace: boolean): Statement | undefined {
  if ('remove' in second.write) return second
  if ('remove' in first.write) {
    if ('replacement' in second.write || !second.write.upsert) return first // no record to update
    return canReplace ? replacing(first.write, second, second.write) : undefined
  }
  if ('replacement' in second.write) return undefined
  if ('replacement' in first.write) return ontoReplacement(first, first.write, second, second.write)
  const { write: before } = first
  const { write: after } = second
  if (after.upsert) {
    return isCovered(before.update, after.update) ? second : undefined
  }
  // Either the second finds the record that the first has written, or both find none
  const isFound = before.upsert || first.matches === 'live' || second.matches === 'dated'
  const isKnown = before.upsert || first.matches !== undefined
  if (!isKnown || !isFound || second.matches === undefined || !isStillLive(first, second)) {
    return undefined
  }
  const update = merged(before.update, after.update)
  return update && { ...first, write: { ...before, update } }
}

/** Whether the second finds the record live, with the expiry that the first sets. */
function isStillLive(first: Statement, second: Statement): boolean {
  const { expiresKey } = first.names
  const { write } = first
  if ('remove' in write) return false
  const set = 'replacement' in write ? write.replacement : (write.update.$set as Fields)
  const expires = set[expiresKey]
  return expires instanceof Date && expires.getTime() > second.now
}

/** Folds a removal and an insert into a replacement of the whole record. */
function replacing(
  { remove, isOne }: Extract<Write, { remove: Fields }>,
  second: Statement,
  { update }: Extract<Write, { update: Fields }>,
): Statement | undefined {
  if (!isOne) return undefined // a replacement would replace only one of several records
  const replacement = { ...remove, ...(update.$set as Fields) }
  if (Object.keys(replacement).some((path) => path.includes('.'))) return undefined
  return { ...second, write: { filter: remove, replacement, upsert: true } }
}

function ontoReplacement(
  first: Statement,
  { filter, replacement }: Extract<Write, { replacement: Fields }>,
  second: Statement,
  { update, upsert }: Extract<Write, { update: Fields }>,
): Statement | undefined {
  const isFound = upsert || (second.matches !== undefined && isStillLive(first, second))
  const both = isFound ? merged({ $set: replacement }, update) : undefined
  if (!both || both.$unset || Object.keys(both.$set as Fields).some((path) => path.includes('.'))) {
    return undefined
  }
  return { ...first, write: { filter, replacement: both.$set as Fields, upsert: true } }
}

/** Whether `after` writes each path of `before`, or a path above it. */
function isCovered(before: Fields, after: Fields): boolean {
  const written = [...pathsOf(after.$set), ...pathsOf(after.$unset)]
  return [...pathsOf(before.$set), ...pathsOf(before.$unset)].every((path) =>
    written.some((each) => path === each || isWithin(path, each)),
  )
}

/** One update with the effect of both in order; undefined if there is none. */
function merged(before: Fields, after: Fields): Fields | undefined {
  const $set = { ...(before.$set as Fields) }
  const $unset = { ...(before.$unset as Fields) }
  const overwrite = (path: string) => {
    for (const paths of [$set, $unset]) {
      for (const each of Object.keys(paths)) {
        if (each === path || isWithin(each, path)) delete paths[each]
      }
    }
  }
  for (const path of pathsOf(after.$set)) {
    overwrite(path)
    const value = (after.$set as Fields)[path]
    const above = pathAbove(path, $set)
    if (pathAbove(path, $unset) !== undefined) return undefined
    if (above === undefined) $set[path] = value
    else if (!putWithin($set, above, path, value)) return undefined
  }
  for (const path of pathsOf(after.$unset)) {
    // A path that is set and then removed leaves behind the objects that the server created for it
    const leavesObjects = (each: string) => each.split('.').length > 2 && !isWithin(path, each)
    const removed = pathsOf($set).filter((each) => each === path || isWithin(each, path))
    if (path.includes('.') && removed.some(leavesObjects)) return undefined
    overwrite(path)
    const above = pathAbove(path, $set)
    if (above !== undefined) {
      if (!putWithin($set, above, path, undefined)) return undefined
    } else if (pathAbove(path, $unset) === undefined) $unset[path] = ''
  }
  return Object.keys($unset).length > 0 ? { $set, $unset } : { $set }
}

function pathsOf(paths: unknown): string[] {
  return Object.keys(paths ?? {})
}

function isWithin(path: string, above: string): boolean {
  return path.startsWith(`${above}.`)
}

function pathAbove(path: string, paths: Fields): string | undefined {
  return Object.keys(paths).find((each) => isWithin(path, each))
}

/**
 * Writes the path into a copy of the value that is set above it, or removes it there.
 * @returns false if there is no object to write to
 */
function putWithin(paths: Fields, above: string, path: string, value: unknown): boolean {
  const keys = path.slice(above.length + 1).split('.')
  const last = keys.pop() as string
  const copy = copyOf(paths[above])
  let object = copy
  for (const key of keys) {
    const inner = object && Object.hasOwn(object, key) ? copyOf(object[key]) : undefined
    if (object && inner) object[key] = inner
    object = inner
  }
  if (!object || !copy || path.split('.').includes('__proto__')) return false
  if (value === undefined) delete object[last]
  else object[last] = value
  paths[above] = copy
  return true
}

/** A copy of a plain object; undefined for any other value, which has no keys to write to. */
function copyOf(value: unknown): Fields | undefined {
  if (!isPlainObject(value)) return undefined
  // No spread: a key may be `__proto__`
  const prototype = Object.getPrototypeOf(value)
  return Object.create(prototype, Object.getOwnPropertyDescriptors(value)) as Fields
}
