// A browser that uses the app at random, and checks the answers
// @ts-check
'use strict'

/** One request calls the store several times. */
const LIMIT_MS = 40_000

const ACTIONS = /** @type {const} */ ([
  'read',
  'read',
  'write',
  'write',
  'login',
  'logout',
  'logoutWhileInUse',
])

/** The session could not be loaded, so that the request did nothing. */
const NOT_LOADED = 'ERR_MONGODB_STORE_GET'
const STORE_ERROR_CODE = /^ERR_MONGODB_STORE_(GET|SET|DESTROY|TOUCH)$/

/** @typedef {{ status: number, body: any, cookie: string | undefined }} Answer */

class Visitor {
  /** @type {import('./expected-session').ExpectedSession | undefined} */
  #expected
  /** @type {string | undefined} */
  #cookie
  #checker
  #app
  #random

  /**
   * @param {import('./checker').Checker} checker
   * @param {import('./app').SoakApp} app
   * @param {import('./random').Random} random
   */
  constructor(checker, app, random) {
    this.#checker = checker
    this.#app = app
    this.#random = random
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      const expected = this.#expected
      if (!expected) await this._login()
      else await this[`_${this.#random.pick(ACTIONS)}`](expected)
    }
  }

  /** Regenerates the session: a new sid, and the old session is destroyed. @param {import('./expected-session').ExpectedSession} [old] */
  async _login(old) {
    const value = this.#checker.newValue()
    const { status, body, cookie } = await this.#request(`/login/${value}`)
    if (body.code === NOT_LOADED) return
    old?.destroyed(status === 200)
    this.#forget()
    if (status !== 200) {
      // If the old session could not be destroyed, express-session stores the new one without a value
      for (const each of [value, undefined]) this.#checker.addPossiblyStored(each)
      return
    }
    this.#cookie = cookie
    this.#expected = this.#checker.newSession(this.#app.collection, body.sid)
    this.#expected.inserted(value, true)
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _read(expected) {
    const answer = await this.#request('/read')
    if (answer.status === 200) expected.found(answer.body.value)
    else this.#hadNoSession(expected, answer)
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _write(expected) {
    const value = this.#checker.newValue()
    const answer = await this.#request(`/write/${value}`)
    this.#checkWrite(expected, value, answer)
  }

  /** @param {import('./expected-session').ExpectedSession} expected */
  async _logout(expected) {
    const answer = await this.#request('/logout')
    if (this.#hadNoSession(expected, answer)) return
    expected.destroyed(answer.status === 200)
    if (answer.status === 200) this.#forget()
  }

  /** Logs out while a slow request of another tab holds the session. @param {import('./expected-session').ExpectedSession} expected */
  async _logoutWhileInUse(expected) {
    const value = this.#checker.newValue()
    const loaded = this.#app.slowRequestLoaded(value)
    const slow = this.#request(`/slow/${value}`)
    const cookie = this.#cookie
    await Promise.race([loaded, slow])
    await this._logout(expected)
    this.#app.resumeSlowRequest(value)
    this.#checkWrite(expected, value, await slow)
    this.#cookie = cookie
    await this._read(expected)
    if (!this.#expected) this.#forget()
  }

  /** @param {import('./expected-session').ExpectedSession} expected @param {number} value @param {Answer} answer */
  #checkWrite(expected, value, answer) {
    if (!this.#hadNoSession(expected, answer)) expected.updated(value, answer.status === 200)
  }

  /**
   * Whether the request did nothing: there was no session, or it could not be loaded.
   *
   * @param {import('./expected-session').ExpectedSession} expected
   * @param {Answer} answer
   */
  #hadNoSession(expected, { status, body }) {
    if (status === 401) {
      expected.found(null)
      this.#forget()
    }
    return status === 401 || body.code === NOT_LOADED
  }

  #forget() {
    this.#expected = undefined
    this.#cookie = undefined
  }

  /** @param {string} path @returns {Promise<Answer>} */
  async #request(path) {
    this.#checker.pending++
    try {
      const response = await fetch(this.#app.address + path, {
        headers: this.#cookie ? { cookie: this.#cookie } : {},
        signal: AbortSignal.timeout(LIMIT_MS),
      })
      const { status } = response
      const body = /** @type {any} */ (await response.json())
      if (status === 500 ? !STORE_ERROR_CODE.test(body.code) : status !== 200 && status !== 401) {
        this.#checker.reportViolation(`${path} was answered ${status} ${JSON.stringify(body)}`)
      }
      this.#checker.countResult('http', status !== 500)
      return { status, body, cookie: response.headers.get('set-cookie')?.split(';')[0] }
    } catch (error) {
      this.#checker.reportViolation(`${path} was not answered: ${error}, ${Object(error).cause}`)
      return { status: 500, body: {}, cookie: undefined }
    } finally {
      this.#checker.pending--
    }
  }
}

module.exports = { Visitor }
