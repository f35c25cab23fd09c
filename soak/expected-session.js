// What the store must hold of one session, by the answers so far
// @ts-check
'use strict'

/**
 * The session holds a number, `value`. Its user issues one operation after the other. An operation
 * that failed may have happened, or not. With `lateWrites` it may also happen later: the network
 * fails, not the server. Without `atomicUpdates` an update writes back the whole record that it has
 * read, so that a late touch may bring an older value back.
 */
class ExpectedSession {
  /** @type {'yes' | 'no' | 'maybe'} */
  #isStored = 'no'
  /** The values that it may hold. @type {Set<number>} */
  #values = new Set()
  /** Values of writes that may still happen. @type {Set<number>} */
  #lateValues = new Set()
  #lateInsert = false
  #lateDestroy = false
  #wasInserted = false
  /** Whether a late touch may bring any older value back. */
  #oldValueMayReturn = false
  #lateWrites
  #atomicUpdates
  #reportViolation

  /**
   * @param {string} sid
   * @param {{ lateWrites: boolean, atomicUpdates: boolean, reportViolation: (what: string) => void }} checker
   */
  constructor(sid, { lateWrites, atomicUpdates, reportViolation }) {
    this.sid = sid
    this.collection = ''
    this.#lateWrites = lateWrites
    this.#atomicUpdates = atomicUpdates
    this.#reportViolation = reportViolation
  }

  /** Whether the store must have it. */
  get mustExist() {
    return this.#isStored === 'yes'
  }

  /** Whether it has ended: the store must never have it again. */
  get hasEnded() {
    return this.#wasInserted && this.#isStored === 'no' && !this.#lateInsert
  }

  /** @param {number} value @param {boolean} isAcknowledged */
  inserted(value, isAcknowledged) {
    this.#wasInserted = true
    this.#isStored = isAcknowledged ? 'yes' : 'maybe'
    this.#lateInsert ||= this.#lateWrites && !isAcknowledged
    this.#written(value, isAcknowledged)
  }

  /** A `set` of a session that came from the store. @param {number} value @param {boolean} isAcknowledged */
  updated(value, isAcknowledged) {
    this.#written(value, isAcknowledged)
  }

  /** @param {boolean} isAcknowledged */
  touched(isAcknowledged) {
    this.#oldValueMayReturn ||= this.#lateWrites && !isAcknowledged && !this.#atomicUpdates
  }

  /** @param {boolean} isAcknowledged */
  destroyed(isAcknowledged) {
    if (isAcknowledged) this.#isStored = this.#lateInsert ? 'maybe' : 'no'
    else if (this.#isStored === 'yes') this.#isStored = 'maybe'
    this.#lateDestroy ||= this.#lateWrites && !isAcknowledged
  }

  /** What `get` answered. @param {number | null} value */
  found(value) {
    if (value === null) {
      if (this.#isStored === 'yes')
        this.#reportViolation(`an acknowledged session is lost: ${this.sid}`)
      if (!this.#lateInsert) this.#isStored = 'no'
      return
    }
    if (this.#isStored === 'no') this.#reportViolation(`a session has come back: ${this.sid}`)
    else if (!this.#values.has(value)) {
      const expected = [...this.#values].join(' or ')
      this.#reportViolation(`a session holds ${value} in place of ${expected}: ${this.sid}`)
    }
    if (!this.#lateDestroy) this.#isStored = 'yes'
    if (!this.#lateWrites) this.#values = new Set([value])
  }

  /** @param {number} value @param {boolean} isAcknowledged */
  #written(value, isAcknowledged) {
    if (this.#lateWrites && !isAcknowledged) this.#lateValues.add(value)
    if (isAcknowledged && !this.#oldValueMayReturn) this.#values = new Set(this.#lateValues)
    this.#values.add(value)
  }
}

module.exports = { ExpectedSession }
