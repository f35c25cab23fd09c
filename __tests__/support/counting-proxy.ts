/**
 * Forwards everything to the server, and counts the connections that carry commands. Those that monitor the
 * server do not count: a driver opens a second one of these at any time.
 */
import net, { type AddressInfo, type Socket } from 'node:net'
import { directUri, hostAddressOf } from 'local-mongodb'
import { commandName, onMessage } from 'local-mongodb/wire-protocol'

const serverUri = process.env.TEST_MONGODB_SERVER as string

/** The commands of a handshake and of monitoring. */
const PRELIMINARIES = ['hello', 'ismaster', 'isMaster', 'saslStart', 'saslContinue', undefined]

export interface CountingProxy {
  readonly uri: string
  /** How many connections have carried a command so far. */
  readonly total: number
  close(): Promise<void>
}

export async function countingProxy(): Promise<CountingProxy> {
  const clients = new Set<Socket>()
  const used = new WeakSet<Socket>()
  let total = 0
  const proxy = net.createServer((client) => {
    clients.add(client)
    const server = net.connect(hostAddressOf(serverUri))
    client.pipe(server).pipe(client)
    onMessage(client, (message) => {
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
    uri: directUri(serverUri, `127.0.0.1:${(proxy.address() as AddressInfo).port}`),
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
