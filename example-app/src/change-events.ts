/** Server-sent events: "something in the store has changed". */
import { tracingChannel } from 'node:diagnostics_channel'
import type { RequestHandler } from 'express'

/**
 * The store traces each operation. Not touches: the page's own requests touch their session, so that each
 * event would lead to the next.
 */
const CHANNELS = ['set', 'destroy', 'destroyMany', 'clear'].map(
  (operation) => tracingChannel(`express-mongoose-session:${operation}`).asyncEnd,
)
/** At most one event in this time, in milliseconds. */
const INTERVAL = 250
/** Sends one without a change too: sessions expire, and other processes write. */
const MAX_SILENCE = 5000

/** Sends no data: the page requests it, and that request is authorized as any other. */
export const changeEvents: RequestHandler = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  let hasChanged = false
  const onOperation = () => {
    hasChanged = true
  }
  let lastSent = Date.now()
  const timer = setInterval(() => {
    if (!hasChanged && Date.now() - lastSent < MAX_SILENCE) return
    res.write('event: change\ndata:\n\n')
    hasChanged = false
    lastSent = Date.now()
  }, INTERVAL)
  for (const channel of CHANNELS) channel.subscribe(onOperation)
  res.once('close', () => {
    clearInterval(timer)
    for (const channel of CHANNELS) channel.unsubscribe(onOperation)
  })
}
