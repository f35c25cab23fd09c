/** `withClock`: within it, `Date.now` is the time of a clock that the caller moves. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Clock {
  /** Milliseconds since the epoch. */
  now: number
}

const clocks = new AsyncLocalStorage<Clock>()
const systemNow = Date.now
Date.now = () => clocks.getStore()?.now ?? systemNow()

/**
 * Runs `work` by a clock that only `work` moves; concurrent work has its own. Timers are not affected, nor
 * are Mongoose and the driver, which do not measure by `Date.now`.
 */
export function withClock<T>(now: number, work: (clock: Clock) => Promise<T>): Promise<T> {
  const clock = { now }
  return clocks.run(clock, () => work(clock))
}
