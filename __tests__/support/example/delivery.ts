/** The delivery service, which the slow request of the race waits for: it answers when `answer` is called. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Delivery {
  readonly address: string
  /** Resolves when a request has come: the app has loaded the session by then. */
  asked(): Promise<void>
  answer(): void
  close(): Promise<void>
}

export async function startDelivery(): Promise<Delivery> {
  const waiting: ServerResponse[] = []
  const server = createServer((_request, response) => {
    waiting.push(response)
    server.emit('asked')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async asked() {
      if (waiting.length === 0) await once(server, 'asked')
    },
    answer() {
      for (const response of waiting.splice(0)) response.end('Tomorrow before noon')
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
