/** Errors and warnings, told to whoever listens to the store. */
import type { EventEmitter } from 'node:events'
import type { MongoDBStoreError } from '../errors'

/** False where nobody listens; `emit('error')` would throw then. */
export function reportError(store: EventEmitter, error: MongoDBStoreError): boolean {
  if (store.listenerCount('error') === 0) return false
  process.nextTick(() => store.listenerCount('error') > 0 && store.emit('error', error))
  return true
}

/** A warning of the process's, where nobody listens. */
export function reportWarning(store: EventEmitter, warning: MongoDBStoreError): void {
  process.nextTick(() => {
    if (store.emit('warning', warning)) return
    process.emitWarning(warning.message, { type: 'MongoDBStoreWarning', code: warning.code })
  })
}
