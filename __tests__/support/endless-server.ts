/** A server whose collections hold any number of sessions, told one after the other as a cursor asks. */
import net, { type AddressInfo } from 'node:net'
import mongoose from 'mongoose'
import { closedLater } from './server'

const { BSON } = mongoose.mongo
const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013

const HELLO = {
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  ok: 1,
}

interface Contents {
  readonly records: number
  /** What each session holds. */
  readonly filling: string
}

interface EndlessServer {
  readonly uri: string
  /** Ends every connection in good order, as a server does that is shut down. */
  hangUp(): void
}

/** Each record has its place in the collection in its id, `session 0` and so on. */
export async function endlessServer({ records, filling }: Contents): Promise<EndlessServer> {
  const expires = new Date(Date.now() + 9e6)
  const batch = (from: number, size: number) =>
    Array.from({ length: Math.min(size, records - from) }, (_, i) => ({
      _id: `session ${from + i}`,
      session: { cookie: {}, filling },
      expires,
    }))
  /** Of each cursor, what it tells next. */
  const cursors = new Map<bigint, number>()
  let lastId = 0n
  const told = (name: 'firstBatch' | 'nextBatch', id: bigint, size: number) => {
    const from = cursors.get(id) ?? 0
    const documents = batch(from, size)
    const next = from + documents.length
    if (next < records) cursors.set(id, next)
    else cursors.delete(id)
    const open = cursors.has(id) ? id : 0n
    return { cursor: { [name]: documents, id: open, ns: 'test.sessions' }, ok: 1 }
  }
  const answer = (command: Record<string, unknown>): object => {
    if ('hello' in command || 'ismaster' in command || 'isMaster' in command) return HELLO
    if ('find' in command) return told('firstBatch', ++lastId, 101)
    if ('getMore' in command) return told('nextBatch', BigInt(String(command.getMore)), 1000)
    if (!('killCursors' in command)) return { ok: 1 }
    const killed = (command.cursors as unknown[]).map((id) => BigInt(String(id)))
    return { cursorsKilled: killed.filter((id) => cursors.delete(id)), ok: 1 }
  }

  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const size = rest.readInt32LE(0)
        socket.write(replyTo(rest.subarray(0, size), answer))
        rest = rest.subarray(size)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closedLater({
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(resolve)
      }),
  })
  const { port } = server.address() as AddressInfo
  return {
    uri: `mongodb://127.0.0.1:${port}/test`,
    hangUp: () => {
      for (const socket of sockets) socket.end()
    },
  }
}

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function replyTo(message: Buffer, answer: (command: Record<string, unknown>) => object): Buffer {
  const isQuery = message.readInt32LE(12) === OP_QUERY
  // A message's first section is the command; what follows would be documents of a write
  const body = isQuery
    ? HELLO
    : answer(BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21))))
  const bytes = BSON.serialize(body)
  const head = Buffer.alloc(isQuery ? 36 : 21)
  head.writeInt32LE(head.length + bytes.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12)
  if (isQuery) head.writeInt32LE(1, 32)
  return Buffer.concat([head, bytes])
}
