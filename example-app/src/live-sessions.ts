/** The sessions in the store, as pages show them: with a hash in place of the id, which is a secret. */
import type { SessionData } from 'express-session'
import { type Cart, countOf } from './cart.js'
import type { Device } from './device.js'
import { nameOf, type SessionStore } from './session.js'

export interface LiveSession {
  /** Names the session, and does not open it. */
  name: string
  userId: string | undefined
  device: Device | undefined
  itemsInCart: number
  lastSeen: Date
  expires: Date
}

/** What administrators see: the latest sessions, how many there are, and their users' names by id. */
export interface Overview {
  sessions: LiveSession[]
  count: number
  names: Map<string, string>
}

type Found = SessionData & { id: string }

/** All sessions of a user, the latest first. */
export async function sessionsOf(store: SessionStore, userId: string): Promise<LiveSession[]> {
  const sessions: LiveSession[] = []
  for await (const found of store.sessions({ userId })) sessions.push(shown(found))
  return latestFirst(sessions)
}

/** The sessions of all visitors, the latest first; of more than `limit` any so many. */
export async function sessionsOfAll(store: SessionStore, limit: number): Promise<LiveSession[]> {
  const sessions: LiveSession[] = []
  for await (const found of store.sessions()) {
    if (sessions.push(shown(found)) >= limit) break
  }
  return latestFirst(sessions)
}

/** Ends the session of that name, if it is the user's. Nobody's request brings it back. */
export async function endSession(
  store: SessionStore,
  name: string,
  userId?: string,
): Promise<boolean> {
  return (await store.destroyMany(userId ? { name, userId } : { name })) > 0
}

/** Ends all sessions of the user but one; resolves to how many. */
export function endOthers(store: SessionStore, userId: string, sid: string): Promise<number> {
  return store.destroyMany({ userId, _id: { $ne: sid } })
}

function shown({ id, cookie, passport, device, cart }: Found): LiveSession {
  const expires = cookie.expires ?? new Date()
  return {
    name: nameOf(id),
    userId: passport?.user,
    device,
    itemsInCart: countOf(cart ?? ({} satisfies Cart)),
    // A rolling cookie tells when it was last renewed: nothing has to be written for it
    lastSeen: new Date(expires.getTime() - (cookie.originalMaxAge ?? 0)),
    expires,
  }
}

function latestFirst(sessions: LiveSession[]): LiveSession[] {
  return sessions.sort((a, b) => b.lastSeen.getTime() - a.lastSeen.getTime())
}
