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

const HEADER_BYTES = 16
const MORE_TO_COME = 1 << 1
const EXHAUST_ALLOWED = 1 << 16

/** Keeps the BSON types: a proxy passes each value on as it came. */
const KEEP_TYPES = {
  promoteValues: false,
  promoteBuffers: false,
  bsonRegExp: true,
  validation: { utf8: /** @type {const} */ (false) },
}

/** @param {Uint8Array} bytes @returns {Document} */
const decode = (bytes) => BSON.deserialize(bytes, KEEP_TYPES)

/**
 * Calls `handle` with each whole message that the socket receives.
 *
 * @param {import('node:net').Socket} socket
 * @param {(message: Buffer) => void} handle
 */
function onMessage(socket, handle) {
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

/**
 * The first key of the command in an OP_MSG, without decoding it. Before it stand the header, the flags
 * (4 bytes), the kind of the section (1), the document's size (4) and the key's type (1).
 *
 * @param {Buffer} message
 * @returns {string | undefined}
 */
function commandName(message) {
  const [section, name] = [HEADER_BYTES + 4, HEADER_BYTES + 10]
  if (message.readInt32LE(12) !== OP_MSG || message[section] !== 0) return undefined
  return message.toString('utf8', name, message.indexOf(0, name))
}

/** @param {Buffer} message @returns {Request | undefined} undefined if it is not a command */
function parseRequest(message) {
  const id = message.readInt32LE(4)
  const code = message.readInt32LE(12)
  if (code === OP_QUERY) {
    const name = message.indexOf(0, HEADER_BYTES + 4)
    const command = decode(message.subarray(name + 9))
    return { id, command, isQuery: true, flags: 0, bytes: message }
  }
  if (code !== OP_MSG) return undefined
  const flags = message.readInt32LE(HEADER_BYTES)
  return { id, command: bodyOf(message), isQuery: false, flags, bytes: message }
}

/** The command. Documents of further sections become its fields. */
function bodyOf(/** @type {Buffer} */ message) {
  /** @type {Document} */
  let body = {}
  /** @type {Document} */
  const lists = {}
  for (let at = HEADER_BYTES + 4; at < message.length; ) {
    const kind = message[at++]
    const end = at + message.readInt32LE(at)
    if (kind === 0) body = decode(message.subarray(at, end))
    else {
      const name = message.indexOf(0, at + 4)
      const documents = []
      for (let from = name + 1; from < end; from += message.readInt32LE(from)) {
        documents.push(decode(message.subarray(from, from + message.readInt32LE(from))))
      }
      lists[message.toString('utf8', at + 4, name)] = documents
    }
    at = end
  }
  return { ...body, ...lists }
}

/** @param {Buffer} message @returns {Document} */
function parseReply(message) {
  return message.readInt32LE(12) === OP_REPLY ? decode(message.subarray(36)) : bodyOf(message)
}

/**
 * @param {{ id: number, isQuery?: boolean }} request
 * @param {Document} document
 * @param {{ ownId?: number, isMoreToCome?: boolean }} [options]
 */
function encodeReply({ id, isQuery }, document, { ownId = 0, isMoreToCome = false } = {}) {
  if (!isQuery) return opMsg(ownId, id, isMoreToCome ? MORE_TO_COME : 0, document)
  // Flags, cursor id, index of the first document, number of documents
  const fields = Buffer.alloc(20)
  fields.writeInt32LE(1, 16)
  return framed(ownId, id, OP_REPLY, fields, document)
}

/** @param {Request} request @param {Document} command instead of its own */
function encodeRequest({ id, flags }, command) {
  return opMsg(id, 0, flags, command)
}

/**
 * @param {number} id
 * @param {number} responseTo
 * @param {number} flags
 * @param {Document} document
 */
function opMsg(id, responseTo, flags, document) {
  // Flags, and the kind of the only section
  const fields = Buffer.alloc(5)
  fields.writeInt32LE(flags)
  return framed(id, responseTo, OP_MSG, fields, document)
}

/**
 * @param {number} id
 * @param {number} responseTo
 * @param {number} opCode
 * @param {Buffer} fields between the header and the document
 * @param {Document} document
 */
function framed(id, responseTo, opCode, fields, document) {
  const body = BSON.serialize(document)
  const header = Buffer.alloc(HEADER_BYTES)
  const size = HEADER_BYTES + fields.length + body.length
  for (const [i, value] of [size, id, responseTo, opCode].entries()) {
    header.writeInt32LE(value, 4 * i)
  }
  return Buffer.concat([header, fields, body])
}

/** @param {Buffer} reply @param {{ id: number }} request that it shall answer */
function readdressed(reply, { id }) {
  const copy = Buffer.from(reply)
  copy.writeInt32LE(id, 8)
  return copy
}

/** @param {Request} request */
const expectsReply = ({ flags }) => (flags & MORE_TO_COME) === 0
/** @param {Request} request whether several replies may follow without another request */
const allowsExhaust = ({ flags }) => (flags & EXHAUST_ALLOWED) !== 0

module.exports = {
  OP_MSG,
  onMessage,
  commandName,
  parseRequest,
  parseReply,
  encodeReply,
  encodeRequest,
  readdressed,
  expectsReply,
  allowsExhaust,
}
