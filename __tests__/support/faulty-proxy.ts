/** A proxy between a store and the server: it injects faults into chosen commands. */
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { directUri, hostAddressOf } from 'local-mongodb'
import {
  commandName,
  encodeReply,
  OP_MSG,
  onMessage,
  parseReply,
} from 'local-mongodb/wire-protocol'

/** A command is refused with an error code. */
export interface Refusal {
  code: number
  codeName: string
  errmsg: string
}

/**
 * A command is answered with these fields instead of the server's reply (with `ok: 0` unless they say
 * otherwise), or it is
 * - `reset`: not forwarded, and its connection is reset;
 * - `hang`: held back, and not answered until `restore`;
 * - `delay`: answered late;
 * - `cut`: executed, but its connection ends in the middle of the reply;
 * - `lose`: executed, but its connection is reset before the reply;
 * - `drip`: executed, but the reply comes byte by byte and never ends: the connection is never idle.
 */
export type Fault =
  | Refusal
  | Readonly<Record<string, unknown>>
  | 'reset'
  | 'hang'
  | 'delay'
  | 'cut'
  | 'lose'
  | 'drip'

/** Command name → its fault. `*` is every command, those of the handshake included. */
export type Faults = Record<string, Fault>

const serverUri = process.env.TEST_MONGODB_SERVER as string

const DELAY_MS = 50
const DRIP_MS = 10

export class FaultyProxy {
  /** Inject a fault as long as the entry is there. */
  readonly faults: Faults
  /** Inject a fault into the next such command only. */
  readonly once: Faults = {}
  /** Error code of the server → the one that the client gets. */
  readonly replacedCodes: Record<number, number> = {}
  /** Names of the commands that came, in order. */
  readonly commands: string[] = []
  readonly #awaited: { name: string; count: number; resolve: () => void }[] = []
  /** With `lose`: awaited after the server has executed the command, before the connection is reset. */
  beforeReplyLoss: () => Promise<unknown> = async () => {}

  readonly #server = hostAddressOf(serverUri)
  readonly #proxy = net.createServer((socket) => this.#accept(socket))
  readonly #clients = new Set<Socket>()
  readonly #held: (() => void)[] = []
  #port = 0

  constructor(faults: Faults) {
    this.faults = faults
  }

  /** A direct connection: with the members of a replica set, the driver would bypass the proxy. */
  get uri(): string {
    return directUri(serverUri, `127.0.0.1:${this.#port}`)
  }

  async listen(): Promise<void> {
    this.#proxy.listen(this.#port, '127.0.0.1')
    await once(this.#proxy, 'listening')
    this.#port = (this.#proxy.address() as AddressInfo).port
  }

  /** Ends all connections and refuses new ones until `restore`, as a server that shuts down. */
  async refuse(): Promise<void> {
    // Not reset: the end waits for the other side, so that the clients know of it
    for (const client of this.#clients) client.end()
    this.#proxy.close()
    await once(this.#proxy, 'close')
  }

  /** Ends the fault of all commands, and forwards what was held back. */
  async restore(): Promise<void> {
    delete this.faults['*']
    for (const pass of this.#held.splice(0)) pass()
    if (!this.#proxy.listening) await this.listen()
  }

  /** Resolves when the proxy has received `count` commands of the name, since its start. */
  received(name: string, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited.push({ name, count, resolve })
      this.#resolveReceived()
    })
  }

  #resolveReceived(): void {
    for (const { name, count, resolve } of this.#awaited) {
      if (this.commands.filter((each) => each === name).length >= count) resolve()
    }
  }

  /** Resolves when no client has a socket open. */
  async allDisconnected(): Promise<void> {
    while (this.#clients.size > 0) {
      const [socket] = [...this.#clients] as [Socket]
      await new Promise((resolve) => socket.once('close', resolve))
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) reset(client)
    if (this.#proxy.listening) await this.refuse()
  }

  #accept(client: Socket): void {
    const server = net.connect(this.#server)
    const asked = new Set<number>()
    /** Request id → what happens to the reply. */
    const awaited = new Map<number, Fault>()
    this.#clients.add(client)
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('close', () => {
      this.#clients.delete(client)
      server.destroy()
    })
    server.on('close', () => client.destroy())
    onMessage(client, (message) => {
      const name = commandName(message)
      if (name) {
        this.commands.push(name)
        this.#resolveReceived()
      }
      const fault = this.#faultOf(name)
      const id = message.readInt32LE(4)
      asked.add(id)
      if (fault === 'hang') this.#held.push(() => server.write(message))
      else if (fault === 'reset') reset(client)
      else if (typeof fault === 'object') client.write(encodeReply({ id }, { ok: 0, ...fault }))
      else {
        if (fault) awaited.set(id, fault)
        server.write(message)
      }
    })
    onMessage(server, async (message) => {
      const id = message.readInt32LE(8)
      // A streamed `hello` reply has no request of its own
      const fault = asked.delete(id) ? awaited.get(id) : this.faults['*']
      if (fault === 'hang') this.#held.push(() => client.write(message))
      else if (fault === 'reset') reset(client)
      else if (fault === 'lose') {
        await this.beforeReplyLoss()
        reset(client)
      } else if (fault === 'cut') client.end(message.subarray(0, message.length / 2))
      else if (fault === 'delay') setTimeout(() => client.write(message), DELAY_MS)
      else if (fault === 'drip') drip(client)
      else client.write(withCodes(message, this.replacedCodes))
    })
  }

  #faultOf(name: string | undefined): Fault | undefined {
    const { once, faults } = this
    if (name === undefined) return faults['*']
    const fault = once[name] ?? faults[name] ?? faults['*']
    delete once[name]
    return fault
  }
}

/** `faults` may be changed later. */
export async function faultyProxy(faults: Faults = {}): Promise<FaultyProxy> {
  const proxy = new FaultyProxy(faults)
  await proxy.listen()
  return proxy
}

/** Sends the header of a long reply, then single bytes of it. */
function drip(socket: Socket): void {
  const head = Buffer.alloc(16)
  head.writeInt32LE(40 * 2 ** 20, 0)
  socket.write(head)
  const timer = setInterval(() => socket.write(Buffer.alloc(1)), DRIP_MS)
  socket.once('close', () => clearInterval(timer))
}

/** Node never closes a socket that is reset while it ends. */
function reset(socket: Socket): void {
  if (socket.writable) socket.resetAndDestroy()
  else socket.destroy()
}

/** The reply, with the error codes of the command and of its writes replaced. */
function withCodes(message: Buffer, codes: Record<number, number>): Buffer {
  if (Object.keys(codes).length === 0 || message.readInt32LE(12) !== OP_MSG) return message
  const reply = parseReply(message)
  const errors: { code: unknown }[] = [reply, ...(reply['writeErrors'] ?? [])]
  const replaced = errors.filter(({ code }) => Number(code) in codes)
  if (replaced.length === 0) return message
  for (const error of replaced) error.code = codes[Number(error.code)]
  return encodeReply({ id: message.readInt32LE(8) }, reply)
}
