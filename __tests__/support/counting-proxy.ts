/** Passes everything on to the server, and counts the connections that are open. */
import net, { type AddressInfo, type Socket } from 'node:net'
import { uri as serverUri } from './server'

export interface CountingProxy {
  readonly uri: string
  /** Connections that are open now. */
  readonly open: number
  /** Connections that there have ever been. */
  readonly total: number
  close(): Promise<void>
}

export async function countingProxy(): Promise<CountingProxy> {
  const { hostname, port } = new URL(serverUri)
  const clients = new Set<Socket>()
  let total = 0
  const proxy = net.createServer((client) => {
    total++
    clients.add(client)
    const server = net.connect(Number(port), hostname)
    client.pipe(server).pipe(client)
    const end = () => {
      clients.delete(client)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.on('error', end).on('close', end)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    uri: `mongodb://127.0.0.1:${(proxy.address() as AddressInfo).port}/test?directConnection=true`,
    get open() {
      return clients.size
    },
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
