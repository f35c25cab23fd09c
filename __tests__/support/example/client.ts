/** Somebody who visits the example app without a browser: keeps cookies, follows nothing. */
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { PASSWORD } from './person'

export class Client {
  readonly #address: string
  readonly #headers: Record<string, string>
  readonly #cookies = new Map<string, string>()

  /** The headers go along with each request. */
  constructor(address: string, headers: Record<string, string> = {}) {
    this.#address = address
    this.#headers = headers
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(path, { headers })
  }

  /** A form, as an object or as text that is encoded already. */
  post(
    path: string,
    form: Record<string, string> | string = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams(form).toString()
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
    return this.#send(path, { method: 'POST', headers: { ...type, ...headers } }, body)
  }

  async signUp(email: string, name = 'Ada'): Promise<void> {
    const { status } = await this.post('/sign-up', { name, email, password: PASSWORD })
    if (status !== 303) throw new Error(`signing up answered ${status}`)
  }

  /** The session id within the signed cookie. */
  get sid(): string {
    return (
      /^s:([^.]+)\./.exec(
        decodeURIComponent(this.#cookies.get('larder') ?? this.#cookies.get('__Host-larder') ?? ''),
      )?.[1] ?? ''
    )
  }

  /** Uses the session id of another client. */
  take(other: Client): void {
    for (const [name, value] of other.#cookies) this.#cookies.set(name, value)
  }

  // Not by `fetch`, which says of itself that it is no visit to a page
  async #send(
    path: string,
    { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> },
    body?: string,
  ): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const all = { Accept: 'text/html', ...(cookie && { Cookie: cookie }) }
    const { hostname, port } = new URL(this.#address)
    const answer = await new Promise<Answer>((resolve, reject) => {
      request(
        {
          hostname,
          port,
          path,
          method,
          headers: { ...all, ...this.#headers, ...headers },
          agent: false,
        },
        (response) => {
          const { statusCode = 0, headers } = response
          const found = { status: statusCode, headers: asHeaders(headers) }
          text(response).then((text) => resolve({ ...found, text }), reject)
        },
      )
        .on('error', reject)
        .end(body)
    })
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (name) this.#cookies.set(name, value ?? '')
    }
    return answer
  }
}

function asHeaders(raw: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const one of [value ?? []].flat()) headers.append(name, one)
  }
  return headers
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
