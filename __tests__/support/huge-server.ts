/** A fake server whose collections hold any number of sessions, which it makes up as a cursor reads them. */
import net, { type AddressInfo } from 'node:net'
import { encodeReply, onMessage, parseRequest } from 'local-mongodb/wire-protocol'
import { closedLater } from './server'

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
  /** A text in each session, to make it as large. */
  readonly filling: string
}

interface HugeServer {
  readonly uri: string
  /** Ends every connection, as a server that shuts down. */
  endConnections(): void
}

/** The ids are `session 0`, `session 1` and so on. */
export async function hugeServer({ records, filling }: Contents): Promise<HugeServer> {
  const expires = new Date(Date.now() + 9e6)
  const batch = (from: number, size: number) =>
    Array.from({ length: Math.min(size, records - from) }, (_, i) => ({
      _id: `session ${from + i}`,
      session: { cookie: {}, filling },
      expires,
    }))
  /** Cursor id → number of the next record. */
  const cursors = new Map<bigint, number>()
  let lastId = 0n
  const nextBatch = (name: 'firstBatch' | 'nextBatch', id: bigint, size: number) => {
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
    if ('find' in command) return nextBatch('firstBatch', ++lastId, 101)
    if ('getMore' in command) return nextBatch('nextBatch', BigInt(String(command.getMore)), 1000)
    if (!('killCursors' in command)) return { ok: 1 }
    const killed = (command.cursors as unknown[]).map((id) => BigInt(String(id)))
    return { cursorsKilled: killed.filter((id) => cursors.delete(id)), ok: 1 }
  }

  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    onMessage(socket, (message) => {
      const request = parseRequest(message)
      if (request) socket.write(encodeReply(request, answer(request.command)))
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
    endConnections: () => {
      for (const socket of sockets) socket.end()
    },
  }
}
