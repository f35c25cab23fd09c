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
