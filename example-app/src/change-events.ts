/** Server-sent events: "something in the store has changed". */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestHandler } from 'express'
import type { OperationReport } from 'express-mongoose-session'

/** The store publishes each operation on a diagnostics channel. */
const CHANNELS = ['set', 'touch', 'destroy', 'destroyMany', 'clear'].map(
  (operation) => `express-mongoose-session:${operation}`,
)
/** At most one event in this time, in milliseconds. */
const INTERVAL = 250
/** Sends one without a change too: sessions expire, and other processes write. */
const MAX_SILENCE = 5000

/** Sends no data: the page requests it, and that request is authorized as any other. */
export const changeEvents: RequestHandler = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  let hasChanged = false
  const onOperation = (report: unknown) => {
    // A touch that `touchAfter` skips sends no command
    if ((report as OperationReport).batchSize > 0) hasChanged = true
  }
  let lastSent = Date.now()
  const timer = setInterval(() => {
    if (!hasChanged && Date.now() - lastSent < MAX_SILENCE) return
    res.write('event: change\ndata:\n\n')
    hasChanged = false
    lastSent = Date.now()
  }, INTERVAL)
  for (const channel of CHANNELS) subscribe(channel, onOperation)
  res.once('close', () => {
    clearInterval(timer)
    for (const channel of CHANNELS) unsubscribe(channel, onOperation)
  })
}
