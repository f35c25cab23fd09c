/** A store in which sessions have the field `userId`: three of two users, and one that has expired. */
import { type MongoDBStore, newStore, type Options, sessionData } from './server'

export const byUser: Options = {
  schema: { userId: { type: String, index: true } },
  fields: (session) => ({ userId: (session as unknown as { user: string }).user }),
}

export async function filled(options: Options = {}): Promise<MongoDBStore> {
  const store = newStore({ ...byUser, ...options })
  await Promise.all([
    store.set('ada 1', sessionData({ user: 'ada', device: 'phone' })),
    store.set('ada 2', sessionData({ user: 'ada', device: 'laptop' })),
    store.set('bob 1', sessionData({ user: 'bob' })),
    store.set('over', sessionData({ user: 'ada' }, -1)),
  ])
  return store
}

export async function idsOf(sessions: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of sessions) ids.push(id)
  return ids.sort()
}
