/** Removal of expired sessions by the store itself, where the server does not see to it. */

/**
 * Calls `remove` again and again, a tenth earlier or later than `interval` (ms), so that many
 * processes do not all do it at once; ends where it gives no promise. Keeps no process alive. Returns
 * the function that ends it.
 */
export function startSweeping(
  interval: number,
  remove: () => Promise<unknown> | undefined,
): () => void {
  let timer: NodeJS.Timeout
  let ended = false
  const schedule = () => {
    timer = setTimeout(run, interval * (0.9 + Math.random() * 0.2))
    timer.unref()
  }
  const run = async () => {
    const removing = remove()
    if (!removing) return
    await removing
    if (!ended) schedule()
  }
  schedule()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
