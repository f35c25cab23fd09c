/** Publishes a report of each operation on its diagnostics channel (`node:diagnostics_channel`). */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { type Channel, channel } from 'node:diagnostics_channel'
import type { MongoDBStoreErrorCode } from '../errors'
import { OPERATIONS, type StoreOperation } from './operation-table'

/**
 * The message that is published when an operation has ended, in the async context of its caller.
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
   * The first 16 hexadecimal digits of the session id's SHA-256: it identifies the operations on one
   * session without giving the id away. Undefined for an operation on many sessions.
   */
  readonly sidHash: string | undefined
  /** When the method was called: milliseconds since the epoch. */
  readonly startTime: number
  /** How long the operation took, waiting included: milliseconds. */
  readonly duration: number
  /** How many operations went out in the same query; 0 if the operation needed no query. */
  readonly batchSize: number
  /** `ok`, or the code of the error. */
  readonly outcome: 'ok' | MongoDBStoreErrorCode
}

/** What the queries of an operation add to its report while it runs. */
export interface BatchInfo {
  batchSize: number
}

const batchInfos = new AsyncLocalStorage<BatchInfo>()
/** How many operations with a subscriber are under way. */
let underWay = 0
let isObserving = false

const { sessions: _isUnreported, ...reported } = OPERATIONS
const channels = Object.fromEntries(
  Object.keys(reported).map((name) => [name, channel(`express-mongoose-session:${name}`)]),
) as Record<StoreOperation, Channel>

/** Runs the operation and reports it. Without a subscriber, it costs one look at the channel. */
export function observed<R>(
  operation: StoreOperation,
  collection: string,
  sid: unknown,
  run: () => Promise<R>,
): Promise<R> {
  const channel = channels[operation]
  if (!channel.hasSubscribers) {
    if (isObserving) stopObserving()
    return run()
  }
  isObserving = true
  underWay++
  const batchInfo: BatchInfo = { batchSize: 0 }
  const startTime = Date.now()
  const start = performance.now()
  const report = (outcome: OperationReport['outcome']) => {
    underWay--
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
    channel.publish(message)
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

/** The `BatchInfo` of the current operation; undefined if the operation has no subscriber. */
export function currentBatchInfo(): BatchInfo | undefined {
  return underWay > 0 ? batchInfos.getStore() : undefined
}

/** Runs `work`, which another operation has begun, as a part of the operation that `batchInfo` is of. */
export function withBatchInfo<R>(batchInfo: BatchInfo | undefined, work: () => R): R {
  return underWay > 0 ? batchInfos.run(batchInfo as BatchInfo, work) : work()
}

/** Disables the storage once no channel has a subscriber: while it is on, it slows every promise a little. */
function stopObserving(): void {
  if (underWay > 0 || Object.values(channels).some(({ hasSubscribers }) => hasSubscribers)) return
  batchInfos.disable()
  isObserving = false
}

function hashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
