/**
 * Passes everything on to the server, and counts the connections that carry commands. What watches the
 * server is not among them: for that a driver opens a second connection whenever it likes.
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import { addressOf, directUriAt } from 'local-mongodb'
import { commandName, eachMessage } from './wire-messages'

const serverUri = process.env.TEST_MONGODB_SERVER as string

/** By which a connection is opened, and by which a server is watched. */
const PRELIMINARIES = ['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', undefined]

export interface CountingProxy {
  readonly uri: string
  /** Connections that there have ever been, and that have carried a command. */
  readonly total: number
  close(): Promise<void>
}

export async function countingProxy(): Promise<CountingProxy> {
  const clients = new Set<Socket>()
  const used = new WeakSet<Socket>()
  let total = 0
  const proxy = net.createServer((client) => {
    clients.add(client)
    const server = net.connect(addressOf(serverUri))
    client.pipe(server).pipe(client)
    eachMessage(client, (message) => {
      if (used.has(client) || PRELIMINARIES.includes(commandName(message))) return
      used.add(client)
      total++
    })
    const end = () => {
      clients.delete(client)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    uri: directUriAt(serverUri, `127.0.0.1:${(proxy.address() as AddressInfo).port}`),
    get total() {
      return total
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.destroy()
        proxy.close(() => resolve())
      }),
  }
}
