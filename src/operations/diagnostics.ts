/** What an operation did, for whoever listens on its channel (`node:diagnostics_channel`). */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { type Channel, channel } from 'node:diagnostics_channel'
import type { MongoDBStoreErrorCode } from '../errors'
import { OPERATIONS, type StoreOperation } from './operation-table'

/**
 * What is published when an operation has ended, in the async context of its caller.
 *
 * @example
 * ```js
 * import { subscribe } from 'node:diagnostics_channel'
 * subscribe('express-mongoose-session:get', ({ duration, outcome }) => timings.record(duration, { outcome }))
 * ```
 * @public
 */
export interface OperationReport {
  /** The method that was called. */
  readonly operation: StoreOperation
  /** The collection's name. */
  readonly collection: string
  /**
   * The first 16 hexadecimal digits of the session id's SHA-256, by which the operations on one
   * session can be told without giving it away; undefined where the operation is about many.
   */
  readonly sidHash: string | undefined
  /** When it was called: milliseconds since the epoch. */
  readonly startTime: number
  /** How long it took, waiting included: milliseconds. */
  readonly duration: number
  /** How many operations the query held that it went out in; 0 where it needed none. */
  readonly batchSize: number
  /** `ok`, or the code of the error. */
  readonly outcome: 'ok' | MongoDBStoreErrorCode
}

/** What is told of an operation while it runs. */
export interface BatchInfo {
  batchSize: number
}

const batchInfos = new AsyncLocalStorage<BatchInfo>()
/** How many operations are under way to which someone listens. */
let observedNow = 0
let isObserving = false

const { sessions: _isUnreported, ...reported } = OPERATIONS
const channels = Object.fromEntries(
  Object.keys(reported).map((name) => [name, channel(`express-mongoose-session:${name}`)]),
) as Record<StoreOperation, Channel>

/** Runs the operation, and reports it; where nobody listens it costs one look at the channel. */
export function observed<R>(
  operation: StoreOperation,
  collection: string,
  sid: unknown,
  run: () => Promise<R>,
): Promise<R> {
  const to = channels[operation]
  if (!to.hasSubscribers) {
    if (isObserving) stopObserving()
    return run()
  }
  isObserving = true
  observedNow++
  const batchInfo: BatchInfo = { batchSize: 0 }
  const startTime = Date.now()
  const start = performance.now()
  const report = (outcome: OperationReport['outcome']) => {
    observedNow--
    const duration = performance.now() - start
    const { batchSize } = batchInfo
    const sidHash = typeof sid === 'string' ? hashOf(sid) : undefined
    const message: OperationReport = {
      operation,
      collection,
      sidHash,
      startTime,
      duration,
      batchSize,
      outcome,
    }
    to.publish(message)
  }
  return batchInfos.run(batchInfo, run).then(
    (result) => {
      report('ok')
      return result
    },
    (error: { code: MongoDBStoreErrorCode }) => {
      report(error.code)
      throw error
    },
  )
}

/** Of the operation that is being run, if someone listens to it. */
export function currentBatchInfo(): BatchInfo | undefined {
  return observedNow > 0 ? batchInfos.getStore() : undefined
}

/** Nobody listens any more: the storage, which costs every promise a little, is not needed either. */
function stopObserving(): void {
  if (observedNow > 0 || Object.values(channels).some(({ hasSubscribers }) => hasSubscribers))
    return
  batchInfos.disable()
  isObserving = false
}

function hashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
