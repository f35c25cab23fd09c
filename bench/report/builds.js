// This build of the store beside the one that `--against` names
// @ts-check
'use strict'

const { Measurements, percentile } = require('../statistics')
const { number } = require('./table')

/**
 * For each figure, the median of the rounds' ratios and the range of their middle half. If the range
 * is wide or contains 1, more rounds are needed.
 *
 * @param {any} run
 */
function buildsOf(run) {
  return Object.values(run.results).flatMap((list) => {
    const measured = new Measurements(list)
    return measured.list
      .filter(({ where }) => where.contestant === 'against')
      .flatMap(({ where: { contestant, ...where }, median }) =>
        Object.keys(median).flatMap((figure) => {
          const ratios = measured.ratios(where, 'ours', 'against', figure)?.sort((a, b) => a - b)
          if (!ratios?.length) return []
          const [low, middle, high] = [0.25, 0.5, 0.75].map((p) => number(percentile(ratios, p)))
          return [{ ...where, figure, ratio: middle, 'middle half': `${low} to ${high}` }]
        }),
      )
  })
}

module.exports = { buildsOf }
