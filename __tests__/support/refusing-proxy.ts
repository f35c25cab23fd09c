/** A server that refuses chosen commands with chosen error codes, and passes on all others. */
import net, { type AddressInfo, type Socket } from 'node:net'
import { mongo } from 'mongoose'
import { uri as serverUri } from './server'

const { BSON } = mongo
const OP_MSG = 2013

export interface Refusal {
  code: number
  codeName: string
  errmsg: string
}

export interface RefusingProxy {
  readonly uri: string
  /** Names of the commands that came, in order. */
  readonly commands: string[]
  close(): Promise<void>
}

/** `refusals`: command name → what it is refused with, for as long as the entry is there. */
export async function refusingProxy(refusals: Record<string, Refusal>): Promise<RefusingProxy> {
  const { hostname, port } = new URL(serverUri)
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const proxy = net.createServer((client) => {
    const server = net.connect(Number(port), hostname)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    let pending = Buffer.alloc(0)
    client.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk as Buffer])
      while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
        const message = pending.subarray(0, pending.readInt32LE(0))
        pending = pending.subarray(message.length)
        const name = commandName(message)
        if (name) commands.push(name)
        const refusal = name === undefined ? undefined : refusals[name]
        if (refusal) client.write(reply(message.readInt32LE(4), { ok: 0, ...refusal }))
        else server.write(message)
      }
    })
    server.pipe(client)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    uri: `mongodb://127.0.0.1:${(proxy.address() as AddressInfo).port}/test`,
    commands,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        proxy.close(() => resolve())
      }),
  }
}

/** The first key of the command in an OP_MSG: header (16 bytes), flags (4), kind of section (1). */
function commandName(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== OP_MSG || message[20] !== 0) return undefined
  const end = 21 + message.readInt32LE(21)
  return Object.keys(BSON.deserialize(message.subarray(21, end)))[0]
}

function reply(responseTo: number, document: object): Buffer {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(responseTo, 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
