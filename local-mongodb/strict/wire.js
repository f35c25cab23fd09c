// Messages of MongoDB's wire protocol, as far as the driver sends and reads them
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
// @ts-check
'use strict'

const { BSON } = require('mongoose').mongo

/** @typedef {Record<string, any>} Document */
/**
 * @typedef {object} Request
 * @property {number} id
 * @property {Document} command
 * @property {boolean} isQuery
 * @property {number} flags
 * @property {Buffer} bytes as it came
 */

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013

const HEADER = 16
const MORE_TO_COME = 1 << 1
const EXHAUST_ALLOWED = 1 << 16

/** Nothing is turned into a type of JavaScript's, so that each value goes on as it came. */
const AS_IT_IS = {
  promoteValues: false,
  promoteBuffers: false,
  bsonRegExp: true,
  validation: { utf8: /** @type {const} */ (false) },
}

/** @param {Uint8Array} bytes @returns {Document} */
const read = (bytes) => BSON.deserialize(bytes, AS_IT_IS)

/**
 * Calls `handle` with each message that comes.
 *
 * @param {import('node:net').Socket} socket
 * @param {(message: Buffer) => void} handle
 */
function eachMessage(socket, handle) {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, /** @type {Buffer} */ (chunk)])
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0))
      pending = pending.subarray(message.length)
      handle(message)
    }
  })
}

/** @param {Buffer} message @returns {Request | undefined} undefined for what is not a command */
function requestOf(message) {
  const id = message.readInt32LE(4)
  const code = message.readInt32LE(12)
  if (code === OP_QUERY) {
    const name = message.indexOf(0, HEADER + 4)
    const command = read(message.subarray(name + 9))
    return { id, command, isQuery: true, flags: 0, bytes: message }
  }
  if (code !== OP_MSG) return undefined
  const flags = message.readInt32LE(HEADER)
  return { id, command: bodyOf(message), isQuery: false, flags, bytes: message }
}

/** The documents of further sections are put where the command would have them itself. */
function bodyOf(/** @type {Buffer} */ message) {
  /** @type {Document} */
  let body = {}
  /** @type {Document} */
  const lists = {}
  for (let at = HEADER + 4; at < message.length; ) {
    const kind = message[at++]
    const end = at + message.readInt32LE(at)
    if (kind === 0) body = read(message.subarray(at, end))
    else {
      const name = message.indexOf(0, at + 4)
      const documents = []
      for (let from = name + 1; from < end; from += message.readInt32LE(from)) {
        documents.push(read(message.subarray(from, from + message.readInt32LE(from))))
      }
      lists[message.toString('utf8', at + 4, name)] = documents
    }
    at = end
  }
  return { ...body, ...lists }
}

/** @param {Buffer} message @returns {Document} */
function replyOf(message) {
  return message.readInt32LE(12) === OP_REPLY ? read(message.subarray(36)) : bodyOf(message)
}

/**
 * @param {{ id: number, isQuery?: boolean }} request
 * @param {Document} document
 * @param {{ ownId?: number, isMoreToCome?: boolean }} [options]
 */
function replyTo({ id, isQuery }, document, { ownId = 0, isMoreToCome = false } = {}) {
  if (!isQuery) return message(ownId, id, isMoreToCome ? MORE_TO_COME : 0, document)
  const body = BSON.serialize(document)
  const head = Buffer.alloc(36)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(id, 8)
  head.writeInt32LE(OP_REPLY, 12)
  head.writeInt32LE(1, 32)
  return Buffer.concat([head, body])
}

/**
 * @param {number} id
 * @param {number} responseTo
 * @param {number} flags
 * @param {Document} document
 */
function message(id, responseTo, flags, document) {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(id, 4)
  head.writeInt32LE(responseTo, 8)
  head.writeInt32LE(OP_MSG, 12)
  head.writeInt32LE(flags, HEADER)
  return Buffer.concat([head, body])
}

/** @param {Request} request @param {Document} command in place of its own */
const withCommand = ({ id, flags }, command) => message(id, 0, flags, command)

/** @param {Buffer} reply @param {{ id: number }} request another one */
function withRequest(reply, { id }) {
  const other = Buffer.from(reply)
  other.writeInt32LE(id, 8)
  return other
}

/** @param {Request} request */
const isAnswered = ({ flags }) => (flags & MORE_TO_COME) === 0
/** @param {Request} request whether it takes one answer after the other */
const isExhausting = ({ flags }) => (flags & EXHAUST_ALLOWED) !== 0

module.exports = {
  eachMessage,
  requestOf,
  replyOf,
  replyTo,
  withCommand,
  withRequest,
  isAnswered,
  isExhausting,
}
