// Medians, percentiles, and measurements that are taken several times
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
 * @typedef {Record<string, string | number>} Where what was measured: the contestant and the rest
 * @typedef {Record<string, number>} Sample what one round gave, by figure
 * @typedef {{ where: Where, samples: Sample[], median: Sample }} Measurement
 */

/** What a section measured, each in several rounds. */
class Measurements {
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
   * The median of the rounds' ratios, and not the ratio of the medians: the two were measured next
   * to each other in each round, so that whatever slowed the machine down then slowed both.
   *
   * @param {Where} where @param {string} a @param {string} b contestants @param {string} figure
   * @returns {number | undefined}
   */
  ratio(where, a, b, figure) {
    const over = this.find({ ...where, contestant: a })?.samples
    const under = this.find({ ...where, contestant: b })?.samples
    if (!over || !under) return undefined
    const rounds = Math.min(over.length, under.length)
    const ratios = Array.from({ length: rounds }, (_, i) => over[i][figure] / under[i][figure])
    return median(ratios.filter(Number.isFinite))
  }
}

module.exports = { percentile, median, Measurements }
