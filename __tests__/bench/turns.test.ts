/** The order in which the benchmark's stores take turns. */
const { orderOfTurn } = require('../../bench/turns') as {
  orderOfTurn<T>(list: readonly T[], turn: number): T[]
}

it.each([1, 2, 3, 4, 5, 8, 9])(
  'each of %i stores is at each place, and after each other, equally often',
  (count) => {
    const stores = Array.from({ length: count }, (_, i) => i)
    const places = new Map<string, number>()
    const neighbours = new Map<string, number>()
    const add = (counts: Map<string, number>, key: string) =>
      counts.set(key, (counts.get(key) ?? 0) + 1)
    for (let turn = 0; turn < 2 * count; turn++) {
      const order = orderOfTurn(stores, turn)
      expect([...order].sort((a, b) => a - b)).toEqual(stores)
      for (const [place, store] of order.entries()) {
        add(places, `${store} at ${place}`)
        if (place > 0) add(neighbours, `${store} after ${order[place - 1]}`)
      }
    }
    expect(places.size).toBe(count * count)
    expect(new Set(places.values())).toEqual(new Set([2]))
    expect(neighbours.size).toBe(count * (count - 1))
    if (count > 1) expect(new Set(neighbours.values())).toEqual(new Set([2]))
  },
)
