/** Node's longest timer, in milliseconds: it ends a longer one at once (https://nodejs.org/api/timers.html). */
export const LONGEST_TIMER = 2 ** 31 - 1
