/** A browser as far as sessions go: it keeps cookies, and asks a real server over HTTP. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly setCookie: string | undefined
}

export class Visitor {
  cookie: string | undefined
  readonly address: string

  constructor(address: string) {
    this.address = address
  }

  async visit(path: string, request: { method?: string; body?: unknown } = {}): Promise<Answer> {
    const { method = 'GET', body } = request
    const headers: Record<string, string> = this.cookie ? { cookie: this.cookie } : {}
    if (body) headers['content-type'] = 'application/json'
    const content = body ? { body: JSON.stringify(body) } : {}
    const response = await fetch(this.address + path, { method, headers, ...content })
    const setCookie = response.headers.get('set-cookie') ?? undefined
    if (setCookie) this.cookie = setCookie.split(';')[0]
    return { status: response.status, body: await response.text(), setCookie }
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return this.#answered(path, await this.visit(path))
  }

  async post(path: string, body?: unknown): Promise<Record<string, unknown>> {
    return this.#answered(path, await this.visit(path, { method: 'POST', body }))
  }

  #answered(path: string, { status, body }: Answer): Record<string, unknown> {
    if (status < 200 || status > 299) throw new Error(`${path} answered ${status}: ${body}`)
    return JSON.parse(body)
  }

  /** The session id within the signed cookie. */
  get sid(): string {
    return decodeURIComponent(this.cookie ?? '').replace(/^[^=]*=(?:s:)?([^.]*)\..*$/, '$1')
  }

  /** Another tab of the same browser. */
  copy(): Visitor {
    const other = new Visitor(this.address)
    other.cookie = this.cookie
    return other
  }
}

export interface Listener {
  listen(port: number, host: string, ready: () => void): Server
}

/** Serves the app on a free port; `close` ends it. */
export async function serve(app: Listener): Promise<{ address: string; close(): Promise<void> }> {
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
