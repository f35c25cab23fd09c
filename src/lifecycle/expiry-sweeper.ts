/** Removes expired sessions at an interval, if the server has no TTL index for it. */

import { LONGEST_TIMER } from '../options/option-readers'

/**
 * Calls `remove` every `interval` ms, up to a tenth earlier or later, so that many processes do not all
 * remove at once. Stops if `remove` returns no promise. Does not keep the process alive.
 * @returns the function that stops it
 */
export function startSweeping(
  interval: number,
  remove: () => Promise<unknown> | undefined,
): () => void {
  let timer: NodeJS.Timeout
  let isStopped = false
  const schedule = () => {
    timer = setTimeout(run, Math.min(interval * (0.9 + Math.random() * 0.2), LONGEST_TIMER))
    timer.unref()
  }
  const run = async () => {
    const removing = remove()
    if (!removing) return
    await removing
    if (!isStopped) schedule()
  }
  schedule()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
