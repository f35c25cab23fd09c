// What must be true of one session, by what was answered about it
// @ts-check
'use strict'

/**
 * The session holds a number, `value`. Who uses it issues one operation after the other. One that
 * was answered with an error may have happened, or not; with `late`, where the way to the server
 * fails and not the server, it may also happen later. Without `atomicUpdates`, where the server
 * stores all of the record that it has read for an update, a late touch brings an older value back.
 */
class Fate {
  /** @type {'yes' | 'no' | 'maybe'} */
  #present = 'no'
  /** What it may hold, where it is there. @type {Set<number>} */
  #values = new Set()
  /** Of operations that may still happen. @type {Set<number>} */
  #lateValues = new Set()
  #lateInsert = false
  #lateDestroy = false
  #wasInserted = false
  /** Whether any value may return, by a touch that is late. */
  #mayReturn = false
  #late
  #atomicUpdates
  #broken

  /**
   * @param {string} sid
   * @param {{ late: boolean, atomicUpdates: boolean, broken: (what: string) => void }} ledger
   */
  constructor(sid, { late, atomicUpdates, broken }) {
    this.sid = sid
    /** Where it is stored. */
    this.collection = ''
    this.#late = late
    this.#atomicUpdates = atomicUpdates
    this.#broken = broken
  }

  /** Whether it has to be there. */
  get isCertain() {
    return this.#present === 'yes'
  }

  /** Whether it has ended, and must never be there again. */
  get isOver() {
    return this.#wasInserted && this.#present === 'no' && !this.#lateInsert
  }

  /** @param {number} value @param {boolean} isAcknowledged */
  inserted(value, isAcknowledged) {
    this.#wasInserted = true
    this.#present = isAcknowledged ? 'yes' : 'maybe'
    this.#lateInsert ||= this.#late && !isAcknowledged
    this.#written(value, isAcknowledged)
  }

  /** Of a session that came from the store. @param {number} value @param {boolean} isAcknowledged */
  updated(value, isAcknowledged) {
    this.#written(value, isAcknowledged)
  }

  /** @param {boolean} isAcknowledged */
  touched(isAcknowledged) {
    this.#mayReturn ||= this.#late && !isAcknowledged && !this.#atomicUpdates
  }

  /** @param {boolean} isAcknowledged */
  destroyed(isAcknowledged) {
    if (isAcknowledged) this.#present = this.#lateInsert ? 'maybe' : 'no'
    else if (this.#present === 'yes') this.#present = 'maybe'
    this.#lateDestroy ||= this.#late && !isAcknowledged
  }

  /** What `get` was answered. @param {number | null} value */
  found(value) {
    if (value === null) {
      if (this.#present === 'yes') this.#broken(`an acknowledged session is lost: ${this.sid}`)
      if (!this.#lateInsert) this.#present = 'no'
      return
    }
    if (this.#present === 'no') this.#broken(`a session has come back: ${this.sid}`)
    else if (!this.#values.has(value)) {
      const expected = [...this.#values].join(' or ')
      this.#broken(`a session holds ${value} in place of ${expected}: ${this.sid}`)
    }
    if (!this.#lateDestroy) this.#present = 'yes'
    if (!this.#late) this.#values = new Set([value])
  }

  /** @param {number} value @param {boolean} isAcknowledged */
  #written(value, isAcknowledged) {
    if (this.#late && !isAcknowledged) this.#lateValues.add(value)
    if (isAcknowledged && !this.#mayReturn) this.#values = new Set(this.#lateValues)
    this.#values.add(value)
  }
}

module.exports = { Fate }
