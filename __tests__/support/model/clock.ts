/** A clock of its own for whatever is called within `withClock`: `Date.now` tells that clock's time. */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Clock {
  /** Milliseconds since the epoch. */
  now: number
}

const clocks = new AsyncLocalStorage<Clock>()
const systemNow = Date.now
Date.now = () => clocks.getStore()?.now ?? systemNow()

/**
 * Runs `work` by a clock that only `work` moves on, and whatever runs beside it by its own. Timers go
 * on as ever, and so do Mongoose and the driver, who measure by other means than `Date.now`.
 */
export function withClock<T>(now: number, work: (clock: Clock) => Promise<T>): Promise<T> {
  const clock = { now }
  return clocks.run(clock, () => work(clock))
}
