/** Emits the `error` and `warning` events of the store. */
import type { EventEmitter } from 'node:events'
import type { MongoDBStoreError } from '../errors'

/** @returns false if the store has no listener: then `emit('error')` would throw, and is not called */
export function reportError(store: EventEmitter, error: MongoDBStoreError): boolean {
  if (store.listenerCount('error') === 0) return false
  process.nextTick(() => store.listenerCount('error') > 0 && store.emit('error', error))
  return true
}

/** Without a listener it becomes a warning of the process. */
export function reportWarning(store: EventEmitter, warning: MongoDBStoreError): void {
  process.nextTick(() => {
    if (store.emit('warning', warning)) return
    process.emitWarning(warning.message, { type: 'MongoDBStoreWarning', code: warning.code })
  })
}

const unheard = new WeakSet<EventEmitter>()

/**
 * For a failure that no caller is told: without a listener of `error`, the first of a store becomes a
 * warning of the process.
 */
export function warnIfUnheard(store: EventEmitter, error: MongoDBStoreError): void {
  if (store.listenerCount('error') > 0 || unheard.has(store)) return
  unheard.add(store)
  const hint = "listen to the store's `error` event: further failures of touches are not shown"
  process.emitWarning(`${error.message} (${hint})`, {
    type: 'MongoDBStoreWarning',
    code: error.code,
  })
}
