// The order in which the stores take turns
// @ts-check
'use strict'

/**
 * A store finds the caches, the clock and the server as the one before it left them. In a fixed order,
 * one would always follow the slowest, another always one that hardly works. In these orders, those of a
 * balanced Latin square (E. J. Williams, 1949), each comes equally often at each place, and equally often
 * after each other one, once there were as many turns as stores (twice as many if their number is odd).
 *
 * @template T @param {readonly T[]} list @param {number} turn from 0 @returns {T[]}
 */
function orderOfTurn(list, turn) {
  const { length } = list
  const order = list.map((_, place) => {
    // 0, 1, n - 1, 2, n - 2 …: no two neighbours are the same distance apart
    const offset = place % 2 === 0 ? length - place / 2 : (place + 1) / 2
    return /** @type {T} */ (list[(offset + turn) % length])
  })
  const isReversed = length % 2 === 1 && Math.floor(turn / length) % 2 === 1
  return isReversed ? order.reverse() : order
}

module.exports = { orderOfTurn }
