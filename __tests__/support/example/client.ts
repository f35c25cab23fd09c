/** Somebody who sends the example app requests without a browser: keeps cookies, follows nothing. */
import { PASSWORD } from './person'

export class Client {
  readonly #address: string
  readonly #cookies = new Map<string, string>()

  constructor(address: string) {
    this.#address = address
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(path, { headers })
  }

  post(
    path: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(form), headers })
  }

  async signUp(email: string, name = 'Ada'): Promise<void> {
    const { status } = await this.post('/sign-up', { name, email, password: PASSWORD })
    if (status !== 303) throw new Error(`signing up answered ${status}`)
  }

  /** The session id within the signed cookie. */
  get sid(): string {
    return /^s:([^.]+)\./.exec(decodeURIComponent(this.#cookies.get('larder') ?? ''))?.[1] ?? ''
  }

  /** Uses the session id of another client. */
  take(other: Client): void {
    for (const [name, value] of other.#cookies) this.#cookies.set(name, value)
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...init.headers, cookie } as Record<string, string>
    const response = await fetch(this.#address + path, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (name) this.#cookies.set(name, value ?? '')
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
