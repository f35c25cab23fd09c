// Takes those writes out of a command that are refused, and puts them into the answer to the others
// @ts-check
'use strict'

const { refusalOfDocument, refusalOfUpdate } = require('./keys')

/** @typedef {import('./wire').Document} Document */
/** @typedef {{ index: number, code: number, errmsg: string }} WriteError */

/**
 * @typedef {object} Division
 * @property {Document | undefined} command what is left to be done, if anything
 * @property {(reply?: Document) => Document} answer to all of it, given the answer to what was left
 */

/** Where a command has its writes, and what is stored of one. @type {Record<string, [string, (write: Document) => any]>} */
const LISTS = {
  insert: ['documents', refusalOfDocument],
  update: ['updates', ({ u }) => refusalOfUpdate(u)],
}

/**
 * @param {Document} command
 * @returns {Division | undefined} undefined where none is refused
 */
function divide(command) {
  const [name] = Object.keys(command)
  if (name === 'findAndModify' || name === 'findandmodify') {
    const refusal = command.update && refusalOfUpdate(command.update)
    return refusal && { command: undefined, answer: () => ({ ok: 0, ...refusal }) }
  }
  const [list, refusalOf] = LISTS[String(name)] ?? []
  if (list === undefined || refusalOf === undefined) return undefined
  /** @type {Document[]} */
  const writes = command[list]
  /** @type {WriteError[]} */
  const refused = []
  /** @type {number[]} the places, in the command, of those that are left */
  const left = []
  for (const [index, write] of writes.entries()) {
    const refusal = refusalOf(write)
    if (!refusal) left.push(index)
    else refused.push({ index, code: refusal.code, errmsg: refusal.errmsg })
    if (refusal && isOrdered(command)) break
  }
  if (refused.length === 0) return undefined
  return {
    command: left.length > 0 ? { ...command, [list]: left.map((i) => writes[i]) } : undefined,
    answer: (reply) => merged(command, refused, left, reply),
  }
}

/** @param {Document} command */
const isOrdered = ({ ordered }) => ordered !== false

/**
 * @param {Document} command
 * @param {WriteError[]} refused
 * @param {number[]} left
 * @param {Document} [reply]
 */
function merged(command, refused, left, reply) {
  if (!reply)
    return { n: 0, ...('update' in command && { nModified: 0 }), writeErrors: refused, ok: 1 }
  if (Number(reply.ok) !== 1) return reply
  const moved = (/** @type {Document[]} */ list = []) =>
    list.map((each) => ({ ...each, index: Number(left[Number(each.index)]) }))
  const failed = moved(reply.writeErrors)
  // It would have stopped before
  const ours = isOrdered(command) && failed.length > 0 ? [] : refused
  const writeErrors = [...failed, ...ours].sort((a, b) => a.index - b.index)
  return { ...reply, ...(reply.upserted && { upserted: moved(reply.upserted) }), writeErrors }
}

module.exports = { divide }
