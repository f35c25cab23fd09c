// Medians, percentiles, and repeated measurements
// @ts-check
'use strict'

/** @param {number[]} sorted */
function percentile(sorted, p) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * @typedef {Record<string, string | number>} Where what is measured: the contestant and the other parameters
 * @typedef {Record<string, number>} Sample the figures of one round
 * @typedef {{ where: Where, samples: Sample[], median: Sample }} Measurement
 */

/** The measurements of a section, each of several rounds. */
class Measurements {
  /** @type {Map<Measurement, number[]>} the values of `addAll` */
  #values = new Map()

  /** @param {Measurement[]} [list] */
  constructor(list = []) {
    this.list = list
  }

  /** @param {Where} where @param {Sample} sample of the next round */
  add(where, sample) {
    let found = this.find(where)
    if (!found) this.list.push((found = { where, samples: [], median: {} }))
    found.samples.push(sample)
    for (const figure of Object.keys(sample)) {
      found.median[figure] = median(found.samples.map((each) => each[figure]))
    }
  }

  /**
   * Adds a round of many values, such as the time of each page. The sample is their median. `median`
   * has the median and the 95th percentile of the values of all rounds.
   *
   * @param {Where} where @param {number[]} values in ms
   */
  addAll(where, values) {
    this.add(where, { ms: median(values) })
    const found = /** @type {Measurement} */ (this.find(where))
    const all = [...(this.#values.get(found) ?? []), ...values].sort((a, b) => a - b)
    this.#values.set(found, all)
    found.median = { ms: median(all), p95: percentile(all, 0.95), count: all.length }
  }

  /** @param {Where} where */
  find(where) {
    const keys = Object.keys(where)
    return this.list.find((each) => keys.every((key) => each.where[key] === where[key]))
  }

  /** @param {Where} where @returns {number | undefined} */
  figure(where, figure) {
    return this.find(where)?.median[figure]
  }

  /**
   * The median of the rounds' ratios, not the ratio of the medians: a slow moment of the machine
   * affects both contestants of a round.
   *
   * @param {Where} where @param {string} a @param {string} b contestants @param {string} figure
   * @returns {number | undefined}
   */
  ratio(where, a, b, figure) {
    const ratios = this.ratios(where, a, b, figure)
    return ratios && median(ratios)
  }

  /** The ratio of each round, if both have samples. @returns {number[] | undefined} */
  ratios(/** @type {Where} */ where, /** @type {string} */ a, /** @type {string} */ b, figure) {
    return this.#byRound(where, [a, b], figure, ([over, under]) => over / under)
  }

  /**
   * (a − base) / (b − base): the median of the rounds. A round in which `b` adds nothing is left out.
   *
   * @param {Where} where @param {string} a @param {string} b @param {string} base contestants
   * @returns {number | undefined}
   */
  added(where, a, b, base, /** @type {string} */ figure) {
    const shares = this.#byRound(where, [a, b, base], figure, ([over, under, least]) =>
      under > least ? (over - least) / (under - least) : Number.NaN,
    )
    return shares && median(shares)
  }

  /**
   * @param {Where} where @param {string[]} contestants @param {string} figure
   * @param {(values: number[]) => number} combined
   */
  #byRound(where, contestants, figure, combined) {
    const samples = contestants.map((contestant) => this.find({ ...where, contestant })?.samples)
    const rounds = Math.min(...samples.map((each) => each?.length ?? 0))
    if (rounds === 0) return undefined
    return Array.from({ length: rounds }, (_, i) =>
      combined(samples.map((each) => /** @type {Sample[]} */ (each)[i][figure])),
    ).filter(Number.isFinite)
  }
}

module.exports = { percentile, median, Measurements }
