/** The events of a store, right and wrong use in pairs. */
import { EventEmitter, once } from 'node:events'
import {
  MongoDBStore,
  type MongoDBStoreError,
  type MongoDBStoreErrorCode,
  type StoreEvents,
} from 'express-mongoose-session'
import type { SessionData, Store } from 'express-session'

interface Visit extends SessionData {
  user: string
}

class Own extends MongoDBStore<Visit> {
  tell(event: keyof StoreEvents): number {
    return this.once('disconnected', () => {}).listenerCount(event)
  }
}

/** Compiled, never run. */
export async function use(error: MongoDBStoreError): Promise<void> {
  const store = new MongoDBStore()
  store.on('error', ({ code }) => void (code satisfies MongoDBStoreErrorCode))
  store.on('warning', (warning: MongoDBStoreError) => void warning.code)
  store.on('error', (cause: Error) => void cause.message)
  store.on('error', console.error).on('connected', () => {})
  // @ts-expect-error an error is no text
  store.on('error', (message: string) => message)
  // @ts-expect-error nothing is told of a connection
  store.on('connected', (connection) => connection)

  const listener = (each?: MongoDBStoreError) => void each?.code
  store.on('connected', listener).once('disconnected', listener).off('reconnected', listener)
  store.addListener('error', listener).removeListener('warning', listener)
  store.prependListener('error', listener).prependOnceListener('warning', listener)
  store.removeAllListeners('error').removeAllListeners()
  // @ts-expect-error no such event: `connected` is
  store.on('connect', listener)
  // @ts-expect-error no such event: `disconnected` is
  store.once('disconnect', listener)
  // @ts-expect-error no such event
  store.off('reconnect', listener)
  // @ts-expect-error no such event
  store.addListener('errors', listener)
  // @ts-expect-error no such event
  store.removeListener('warn', listener)
  // @ts-expect-error no such event
  store.prependListener('err', listener)
  // @ts-expect-error no such event
  store.prependOnceListener('err', listener)
  // @ts-expect-error no such event
  store.removeAllListeners('err')
  // @ts-expect-error no such event
  store.listenerCount('err')

  store.emit('error', error)
  store.emit('connected')
  // @ts-expect-error no such event
  store.emit('failed', error)
  // @ts-expect-error an error goes with it
  store.emit('error')
  // @ts-expect-error nothing goes with it
  store.emit('connected', error)

  new Own({}).on('warning', (warning) => void warning.code).tell('error')
  // @ts-expect-error no such event
  new Own({}).on('warnings', listener)

  // As express-session does, and who knows nothing of the store's class
  const any: Store = store
  any.on('disconnect', () => any.emit('connect'))
  const emitter: EventEmitter = store
  emitter.emit('disconnect')
  await once(store, 'connected')
  const structural: { on(event: 'error', listener: (error: Error) => void): unknown } = store
  void [structural, EventEmitter.getEventListeners(store, 'error')]
}
