// A browser that uses the app, and knows what the answers have to be
// @ts-check
'use strict'

/** A request makes several calls of the store. */
const LIMIT_MS = 40_000

const ACTIONS = /** @type {const} */ ([
  'look',
  'look',
  'write',
  'write',
  'login',
  'logout',
  'logoutWhileInUse',
])

/** Of the store's method that failed; a request whose session could not be loaded did nothing. */
const NOT_LOADED = 'ERR_MONGODB_STORE_GET'
const CLEAN = /^ERR_MONGODB_STORE_(GET|SET|DESTROY|TOUCH)$/

/** @typedef {{ status: number, body: any, cookie: string | undefined }} Answer */

class Visitor {
  /** @type {import('./fate').Fate | undefined} */
  #fate
  /** @type {string | undefined} */
  #cookie
  #ledger
  #app
  #random

  /**
   * @param {import('./ledger').Ledger} ledger
   * @param {import('./app').SoakApp} app
   * @param {import('./random').Random} random
   */
  constructor(ledger, app, random) {
    this.#ledger = ledger
    this.#app = app
    this.#random = random
  }

  /** @param {{ aborted: boolean }} signal */
  async run(signal) {
    while (!signal.aborted) {
      const fate = this.#fate
      if (!fate) await this._login()
      else await this[`_${this.#random.pick(ACTIONS)}`](fate)
    }
  }

  /** The session gets a new sid, and the old one is destroyed. @param {import('./fate').Fate} [old] */
  async _login(old) {
    const value = this.#ledger.newValue()
    const { status, body, cookie } = await this.#visit(`/login/${value}`)
    if (body.code === NOT_LOADED) return
    old?.destroyed(status === 200)
    this.#forget()
    if (status !== 200) {
      // One without a value, where it is the old session that could not be ended: express-session
      // stores the new one all the same
      for (const each of [value, undefined]) this.#ledger.untold(each)
      return
    }
    this.#cookie = cookie
    this.#fate = this.#ledger.newFate(this.#app.collection, body.sid)
    this.#fate.inserted(value, true)
  }

  /** @param {import('./fate').Fate} fate */
  async _look(fate) {
    const answer = await this.#visit('/look')
    if (answer.status === 200) fate.found(answer.body.value)
    else this.#failed(fate, answer)
  }

  /** @param {import('./fate').Fate} fate */
  async _write(fate) {
    const value = this.#ledger.newValue()
    const answer = await this.#visit(`/write/${value}`)
    this.#wrote(fate, value, answer)
  }

  /** @param {import('./fate').Fate} fate */
  async _logout(fate) {
    const answer = await this.#visit('/logout')
    if (this.#failed(fate, answer)) return
    fate.destroyed(answer.status === 200)
    if (answer.status === 200) this.#forget()
  }

  /** In another tab, a slow request has the session. @param {import('./fate').Fate} fate */
  async _logoutWhileInUse(fate) {
    const value = this.#ledger.newValue()
    const arrived = this.#app.arrived(value)
    const slow = this.#visit(`/slow/${value}`)
    const cookie = this.#cookie
    await Promise.race([arrived, slow])
    await this._logout(fate)
    this.#app.open(value)
    this.#wrote(fate, value, await slow)
    this.#cookie = cookie
    await this._look(fate)
    if (!this.#fate) this.#forget()
  }

  /** @param {import('./fate').Fate} fate @param {number} value @param {Answer} answer */
  #wrote(fate, value, answer) {
    if (!this.#failed(fate, answer)) fate.updated(value, answer.status === 200)
  }

  /**
   * Whether the request did nothing, since there was no session or none could be loaded.
   *
   * @param {import('./fate').Fate} fate
   * @param {Answer} answer
   */
  #failed(fate, { status, body }) {
    if (status === 401) {
      fate.found(null)
      this.#forget()
    }
    return status === 401 || body.code === NOT_LOADED
  }

  #forget() {
    this.#fate = undefined
    this.#cookie = undefined
  }

  /** @param {string} path @returns {Promise<Answer>} */
  async #visit(path) {
    this.#ledger.open++
    try {
      const response = await fetch(this.#app.address + path, {
        headers: this.#cookie ? { cookie: this.#cookie } : {},
        signal: AbortSignal.timeout(LIMIT_MS),
      })
      const { status } = response
      const body = /** @type {any} */ (await response.json())
      if (status === 500 ? !CLEAN.test(body.code) : status !== 200 && status !== 401) {
        this.#ledger.broken(`${path} was answered ${status} ${JSON.stringify(body)}`)
      }
      this.#ledger.result('http', status !== 500)
      return { status, body, cookie: response.headers.get('set-cookie')?.split(';')[0] }
    } catch (error) {
      this.#ledger.broken(`${path} was not answered: ${error}, ${Object(error).cause}`)
      return { status: 500, body: {}, cookie: undefined }
    } finally {
      this.#ledger.open--
    }
  }
}

module.exports = { Visitor }
