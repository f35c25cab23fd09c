/** Server-sent events that say "something in the store has changed". */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestHandler } from 'express'
import type { OperationReport } from 'express-mongoose-session'

/** The store reports each operation on a channel: see its README. */
const CHANNELS = ['set', 'touch', 'destroy', 'destroyMany', 'clear'].map(
  (operation) => `express-mongoose-session:${operation}`,
)
/** Of many changes within this time one event tells. */
const PAUSE = 250
/** Without any change too: sessions expire, and other processes of the app write. */
const AT_LEAST_EVERY = 5000

/** Tells that, and no more: what has changed is on the page, which asks anew who may see it. */
export const tellOfChanges: RequestHandler = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  let hasChanged = false
  const onReport = (report: unknown) => {
    // A touch that came too soon after the last one is no query
    if ((report as OperationReport).batchSize > 0) hasChanged = true
  }
  let lastTold = Date.now()
  const timer = setInterval(() => {
    if (!hasChanged && Date.now() - lastTold < AT_LEAST_EVERY) return
    res.write('event: change\ndata:\n\n')
    hasChanged = false
    lastTold = Date.now()
  }, PAUSE)
  for (const channel of CHANNELS) subscribe(channel, onReport)
  res.once('close', () => {
    clearInterval(timer)
    for (const channel of CHANNELS) unsubscribe(channel, onReport)
  })
}
