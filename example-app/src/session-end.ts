/** Server-sent events: "the session of this page has ended". */
import { EventEmitter } from 'node:events'
import type { RequestHandler } from 'express'
import { MongoDBStoreError } from 'express-mongoose-session'
import type { SessionStore } from './session.js'

/** Time between two looks where MongoDB tells of no end, in milliseconds. */
const INTERVAL = 2000

/** At once, whoever ends it, on a replica set or a sharded cluster; elsewhere within seconds. */
export function sessionEnd(store: SessionStore): RequestHandler {
  const ends = new EventEmitter().setMaxListeners(0)
  let isFollowing = false
  let looks = false
  const follow = async () => {
    isFollowing = true
    for await (const { id } of store.ended()) ends.emit(id)
  }
  return (req, res) => {
    if (!isFollowing) {
      follow().catch((error: unknown) => {
        looks = true
        const hasNoStreams = error instanceof MongoDBStoreError && error.code.endsWith('_ENDED')
        if (!hasNoStreams) console.error(error)
      })
    }
    const id = store.idOf(req.sessionID)
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    const tell = () => void res.end('event: ended\ndata:\n\n')
    const look = async () => {
      if (looks && !(await store.get(req.sessionID))) tell()
    }
    const timer = setInterval(() => void look().catch(() => {}), INTERVAL)
    ends.once(id, tell)
    res.once('close', () => {
      clearInterval(timer)
      ends.off(id, tell)
    })
  }
}
