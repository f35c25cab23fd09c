/** Removal of expired sessions by the store itself, where the server does not see to it. */

/**
 * Calls `remove` again and again, a tenth earlier or later than `interval` (ms), so that many
 * processes do not all do it at once. Keeps no process alive. Returns the function that ends it.
 */
export function removeRegularly(interval: number, remove: () => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout
  let ended = false
  const schedule = () => {
    timer = setTimeout(run, interval * (0.9 + Math.random() * 0.2))
    timer.unref()
  }
  const run = async () => {
    await remove()
    if (!ended) schedule()
  }
  schedule()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
