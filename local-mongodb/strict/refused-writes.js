// Removes refused writes from a command, and adds their errors to the reply
// @ts-check
'use strict'

const { refusalOfDocument, refusalOfUpdate } = require('./dollar-keys')

/** @typedef {import('../wire-protocol').Document} Document */
/** @typedef {{ index: number, code: number, errmsg: string }} WriteError */

/**
 * @typedef {object} SplitCommand
 * @property {Document | undefined} accepted the command without the refused writes, if any are left
 * @property {(reply?: Document) => Document} replyWith given the reply to `accepted`, the reply to all
 */

/** Command → the field with its writes, and what refuses one of them. @type {Record<string, [string, (write: Document) => any]>} */
const WRITE_FIELDS = {
  insert: ['documents', refusalOfDocument],
  update: ['updates', ({ u }) => refusalOfUpdate(u)],
}

/**
 * @param {Document} command
 * @returns {SplitCommand | undefined} undefined if none is refused
 */
function withoutRefusedWrites(command) {
  const [name] = Object.keys(command)
  if (name === 'findAndModify' || name === 'findandmodify') {
    const refusal = command.update && refusalOfUpdate(command.update)
    return refusal && { accepted: undefined, replyWith: () => ({ ok: 0, ...refusal }) }
  }
  const [field, refusalOf] = WRITE_FIELDS[String(name)] ?? []
  if (field === undefined || refusalOf === undefined) return undefined
  /** @type {Document[]} */
  const writes = command[field]
  /** @type {WriteError[]} */
  const refused = []
  /** @type {number[]} indexes of the accepted writes in the command */
  const acceptedIndexes = []
  for (const [index, write] of writes.entries()) {
    const refusal = refusalOf(write)
    if (!refusal) acceptedIndexes.push(index)
    else refused.push({ index, code: refusal.code, errmsg: refusal.errmsg })
    if (refusal && isOrdered(command)) break
  }
  if (refused.length === 0) return undefined
  return {
    accepted:
      acceptedIndexes.length > 0
        ? { ...command, [field]: acceptedIndexes.map((i) => writes[i]) }
        : undefined,
    replyWith: (reply) => mergedReply(command, refused, acceptedIndexes, reply),
  }
}

/** @param {Document} command */
const isOrdered = ({ ordered }) => ordered !== false

/**
 * @param {Document} command
 * @param {WriteError[]} refused
 * @param {number[]} acceptedIndexes
 * @param {Document} [reply]
 */
function mergedReply(command, refused, acceptedIndexes, reply) {
  if (!reply)
    return { n: 0, ...('update' in command && { nModified: 0 }), writeErrors: refused, ok: 1 }
  if (Number(reply.ok) !== 1) return reply
  const reindexed = (/** @type {Document[]} */ list = []) =>
    list.map((each) => ({ ...each, index: Number(acceptedIndexes[Number(each.index)]) }))
  const failed = reindexed(reply.writeErrors)
  // An ordered command stops at its first error
  const ours = isOrdered(command) && failed.length > 0 ? [] : refused
  const writeErrors = [...failed, ...ours].sort((a, b) => a.index - b.index)
  return { ...reply, ...(reply.upserted && { upserted: reindexed(reply.upserted) }), writeErrors }
}

module.exports = { withoutRefusedWrites }
