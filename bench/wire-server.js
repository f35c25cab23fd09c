// A server of MongoDB's wire protocol with fixed, immediate replies: only the client is measured
// @ts-check
'use strict'

const net = require('node:net')
const { BSON } = require('mongoose').mongo
const { serve } = require('./child-processes')

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const MORE_TO_COME = 2

const HELLO = {
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
}

/** By collection, the fields of the first session written to it: each find returns them. */
const records = new Map()
/** By collection, the counted commands and bytes. */
const counts = new Map()

const int32 = (/** @type {number} */ n) => {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(n)
  return bytes
}
const cstring = (/** @type {string} */ text) => Buffer.from(`${text}\0`)
const string = (/** @type {string} */ text) =>
  Buffer.concat([int32(Buffer.byteLength(text) + 1), cstring(text)])
const element = (type, name, /** @type {Buffer} */ value) =>
  Buffer.concat([Buffer.from([type]), cstring(name), value])
const document = (/** @type {Buffer[]} */ elements) => {
  const content = Buffer.concat(elements)
  return Buffer.concat([int32(content.length + 5), content, Buffer.alloc(1)])
}

/** The records of these session ids, built from bytes: serializing a large one each time takes long. */
function found(collection, sids) {
  const fields = records.get(collection)
  if (!fields) return []
  return sids.map((sid) => document([element(2, '_id', string(sid)), fields]))
}

function remember(collection, written) {
  if (records.has(collection)) return
  for (const part of [written].flat()) {
    const { session, expires } = part.$set ?? part
    if (session === undefined || expires === undefined) continue
    // Without its length and its end: the elements alone
    records.set(collection, BSON.serialize({ session, expires }).subarray(4, -1))
  }
}

function sidsOf(/** @type {Uint8Array} */ filter) {
  const { _id } = BSON.deserialize(filter)
  return typeof _id === 'string' ? [_id] : (_id?.$in ?? [])
}

const replies = {
  find(collection, { filter }) {
    const batch = found(collection, sidsOf(filter)).map((each, i) => element(3, `${i}`, each))
    const cursor = [
      element(4, 'firstBatch', document(batch)),
      element(0x12, 'id', Buffer.alloc(8)),
      element(2, 'ns', string(`test.${collection}`)),
    ]
    return document([element(3, 'cursor', document(cursor)), element(0x10, 'ok', int32(1))])
  },
  update(collection, { updates }) {
    if (!records.has(collection)) {
      for (const update of updates) remember(collection, BSON.deserialize(update).u)
    }
    return BSON.serialize({ n: updates.length, nModified: updates.length, ok: 1 })
  },
  insert(collection, { documents }) {
    if (!records.has(collection))
      remember(
        collection,
        documents.map((d) => BSON.deserialize(d)),
      )
    return BSON.serialize({ n: documents.length, ok: 1 })
  },
  delete: (_collection, { deletes }) => BSON.serialize({ n: deletes.length, ok: 1 }),
  findAndModify(collection, { query, update }) {
    remember(collection, BSON.deserialize(update))
    const [value] = found(collection, sidsOf(query))
    return document([...(value ? [element(3, 'value', value)] : []), element(0x10, 'ok', int32(1))])
  },
  hello: () => BSON.serialize({ ...HELLO, ok: 1 }),
}
const OK = BSON.serialize({ ok: 1 })

/** The command, with the documents of its document sequences in their fields. */
function commandOf(/** @type {Buffer} */ message) {
  let at = 20
  const command = {}
  while (at < message.length) {
    const size = message.readInt32LE(at + 1)
    if (message[at] === 0) {
      // `raw`: nested documents are parsed only if they are used
      Object.assign(
        command,
        BSON.deserialize(message.subarray(at + 1, at + 1 + size), { raw: true }),
      )
    } else {
      const name = message.toString('latin1', at + 5, message.indexOf(0, at + 5))
      const list = (command[name] = [])
      let next = at + 5 + name.length + 1
      while (next < at + 1 + size) {
        list.push(message.subarray(next, next + message.readInt32LE(next)))
        next += message.readInt32LE(next)
      }
    }
    at += 1 + size
  }
  return command
}

function answer(/** @type {Buffer} */ message) {
  const id = message.readInt32LE(4)
  if (message.readInt32LE(12) === OP_QUERY) {
    const head = Buffer.alloc(20)
    head.writeInt32LE(1, 16)
    return framed(OP_REPLY, id, head, replies.hello())
  }
  const command = commandOf(message)
  const [name] = Object.keys(command)
  const reply = replies[name]?.(command[name], command) ?? OK
  const framedReply = framed(OP_MSG, id, Buffer.alloc(5), reply)
  if (typeof command[name] === 'string') {
    count(command[name], name, message.length, framedReply.length)
  }
  return message.readInt32LE(16) & MORE_TO_COME ? undefined : framedReply
}

function framed(opCode, to, head, /** @type {Uint8Array} */ body) {
  const size = 16 + head.length + body.length
  return Buffer.concat([int32(size), int32(0), int32(to), int32(opCode), head, body])
}

function count(/** @type {string} */ collection, name, bytesIn, bytesOut) {
  const sum = counts.get(collection) ?? { commands: {}, sent: 0, received: 0 }
  sum.commands[name] = (sum.commands[name] ?? 0) + 1
  sum.sent += bytesIn
  sum.received += bytesOut
  counts.set(collection, sum)
}

const server = net.createServer((socket) => {
  let rest = Buffer.alloc(0)
  socket.setNoDelay(true).on('error', () => {})
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const size = rest.readInt32LE(0)
      const reply = answer(rest.subarray(0, size))
      if (reply) socket.write(reply)
      rest = rest.subarray(size)
    }
  })
})

serve({
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const { port } = /** @type {net.AddressInfo} */ (server.address())
        resolve(`mongodb://127.0.0.1:${port}/test`)
      })
    }),
  /** What went over the wire for a collection since this was last asked; from the client's side. */
  counted(collection) {
    const sum = counts.get(collection)
    counts.delete(collection)
    return sum
  },
})
