/** A store whose commands can be held back, with one session in it. */
import { type FaultyProxy, faultyProxy } from './faulty-proxy'
import {
  closedLater,
  type MongoDBStore,
  newStoreWithoutIndexes,
  type Options,
  sessionData,
} from './server'

export type Data = Record<string, unknown> & { cookie: { expires: Date } }

/** With batches, and without. */
export const BATCHES: [string, Options][] = [
  ['batched', {}],
  ['not batched', { batch: false }],
  ['in batches of one', { batch: { maxSize: 1 } }],
]

export const turn = () => new Promise((resolve) => setImmediate(resolve))
export const inMs = (ms: number) => new Date(Date.now() + ms)

export async function start(options: Options = {}) {
  const proxy = closedLater(await faultyProxy())
  const store = newStoreWithoutIndexes({
    uri: proxy.uri,
    connectionOptions: { monitorCommands: true },
    ...options,
  })
  await store.ready()
  await store.set('a', sessionData({ views: 1 }))
  const statements: number[] = []
  store.client!.on('commandStarted', ({ command }) => {
    const sent = (command.updates ?? command.deletes) as unknown[] | undefined
    if (sent) statements.push(sent.length)
  })
  proxy.commands.length = 0
  return { proxy, store, statements }
}

export const load = async (store: MongoDBStore) => (await store.get('a')) as unknown as Data

/** As many requests have loaded the session. */
export const loads = (store: MongoDBStore, count: number) =>
  Promise.all(Array.from({ length: count }, () => load(store)))

export const hold = (proxy: FaultyProxy, ...commands: string[]) => {
  for (const command of commands) proxy.faults[command] = 'hang'
}

export async function letGo(proxy: FaultyProxy) {
  for (const command of Object.keys(proxy.faults)) delete proxy.faults[command]
  await proxy.restore()
}
