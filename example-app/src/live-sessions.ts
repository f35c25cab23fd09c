/** The sessions in the store, as pages show them: with a hash in place of the secret id. */
import type { SessionData } from 'express-session'
import { type Cart, itemCount } from './cart.js'
import type { Device } from './device.js'
import { publicName, type SessionStore } from './session.js'

export interface LiveSession {
  /** See `publicName`: it gives no access to the session. */
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
export async function userSessions(store: SessionStore, userId: string): Promise<LiveSession[]> {
  const sessions: LiveSession[] = []
  for await (const found of store.sessions({ userId })) sessions.push(toLiveSession(found))
  return latestFirst(sessions)
}

/** The sessions of all visitors, the latest first; at most `limit` of them. */
export async function allSessions(store: SessionStore, limit: number): Promise<LiveSession[]> {
  const sessions: LiveSession[] = []
  for await (const found of store.sessions()) {
    if (sessions.push(toLiveSession(found)) >= limit) break
  }
  return latestFirst(sessions)
}

/** Destroys the session with this name, if it is the user's. No running request brings it back. */
export async function endSession(
  store: SessionStore,
  name: string,
  userId?: string,
): Promise<boolean> {
  return (await store.destroyMany(userId ? { name, userId } : { name })) > 0
}

/** Destroys all sessions of the user but one; resolves to the count. */
export function endOtherSessions(
  store: SessionStore,
  userId: string,
  sid: string,
): Promise<number> {
  return store.destroyMany({ userId, _id: { $ne: store.idOf(sid) } })
}

function toLiveSession({ id, cookie, passport, device, cart }: Found): LiveSession {
  const expires = cookie.expires ?? new Date()
  return {
    name: publicName(id),
    userId: passport?.user,
    device,
    itemsInCart: itemCount(cart ?? ({} satisfies Cart)),
    // A rolling cookie shows when it was renewed: the app stores nothing for it
    lastSeen: new Date(expires.getTime() - (cookie.originalMaxAge ?? 0)),
    expires,
  }
}

function latestFirst(sessions: LiveSession[]): LiveSession[] {
  return sessions.sort((a, b) => b.lastSeen.getTime() - a.lastSeen.getTime())
}
