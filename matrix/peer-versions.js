// The versions to test: the lowest and the newest of each major in the peer ranges
// @ts-check
'use strict'

const { peerDependencies } = require('../package.json')

/** @typedef {{ mongoose: string, 'express-session': string }} Combination versions or ranges for npm */

const PEERS = /** @type {const} */ (['mongoose', 'express-session'])

/**
 * `^8.1.0 || ^9.0.0` is `8.1.0`, `^8.1.0`, `9.0.0` and `^9.0.0`: npm takes the newest of a range.
 *
 * @param {string} range
 * @returns {string[]}
 */
function versionsOf(range) {
  return range.split(' || ').flatMap((alternative) => {
    const lowest = /^\^(\d+\.\d+\.\d+)$/.exec(alternative)?.[1]
    if (!lowest) throw new Error(`not a range of the form ^1.2.3: ${alternative}`)
    return [lowest, alternative]
  })
}

/** @returns {Combination[]} */
function all() {
  return versionsOf(peerDependencies.mongoose).flatMap((mongoose) =>
    versionsOf(peerDependencies['express-session']).map((version) => ({
      mongoose,
      'express-session': version,
    })),
  )
}

/** The lowest versions: they show incompatibilities first. @returns {Combination[]} */
function lowest() {
  return all().slice(0, 1)
}

/**
 * The combinations with the wanted versions, such as `mongoose@8.16.0,express-session@1.17.0`. The
 * versions need not be in the matrix.
 *
 * @param {string} wanted
 * @returns {Combination[]}
 */
function matching(wanted) {
  let combinations = all()
  for (const each of wanted.split(',')) {
    const [, name, version] = /^([a-z-]+)@(.+)$/.exec(each) ?? []
    const peer = PEERS.find((peer) => peer === name)
    if (!peer || !version) {
      throw new Error(`--only takes ${PEERS.map((peer) => `${peer}@1.2.3`).join(',')}, not ${each}`)
    }
    const others = combinations.map((combination) => ({ ...combination, [peer]: version }))
    combinations = others.filter(
      (one, i) => i === others.findIndex((other) => PEERS.every((key) => one[key] === other[key])),
    )
  }
  return combinations
}

/** The first and the last combination. @param {Combination[]} combinations */
function lowestAndNewest(combinations) {
  return combinations.filter((_, i) => i === 0 || i === combinations.length - 1)
}

module.exports = { PEERS, all, lowest, matching, lowestAndNewest }
