/** Traces each operation on its tracing channel (`node:diagnostics_channel`). */
import { createHash } from 'node:crypto'
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * The operations. Each is traced on its own `tracingChannel`: `express-mongoose-session:get` and so on.
 * @public
 */
// biome-ignore format: one per line would be a long list
export type StoreOperation =
  | 'get' | 'set' | 'touch' | 'destroy' | 'destroyMany' | 'all' | 'length' | 'clear' | 'recomputeFields'

/**
 * The message on an operation's tracing channel. After a failure, it also has `error`, a
 * {@link MongoDBStoreError}. It never has the result: sessions do not belong in traces.
 * @example
 * ```js
 * import { tracingChannel } from 'node:diagnostics_channel'
 * const { error } = tracingChannel('express-mongoose-session:get')
 * error.subscribe(({ sidHash, error }) => log.warn({ sidHash, code: error.code }))
 * ```
 * @public
 */
export interface OperationMessage {
  /** The method called. */
  readonly operation: StoreOperation
  /** The collection's name. */
  readonly collection: string
  /**
   * The first 16 hexadecimal digits of the session id's SHA-256, to tell sessions apart without revealing ids.
   * Undefined for an operation on many sessions.
   */
  readonly sidHash: string | undefined
}

type Channel = TracingChannel<string, object>

/** Created on first use. */
const CHANNELS: { [name in StoreOperation]?: Channel } = {}

/** The operation's channel if somebody listens. */
export function tracedChannel(operation: StoreOperation): Channel | undefined {
  const channel = (CHANNELS[operation] ??= tracingChannel(`express-mongoose-session:${operation}`))
  // `hasSubscribers` of the channel itself is missing before Node 20.13
  const { start, asyncEnd, error } = channel
  return start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers
    ? channel
    : undefined
}

/** Runs an operation and traces it on the channel. */
export async function traced<R>(
  channel: Channel,
  message: OperationMessage,
  run: () => Promise<R>,
): Promise<R> {
  let result: R | undefined
  // Node would put the result on the message
  await channel.tracePromise(async () => {
    result = await run()
  }, message)
  return result as R
}

/** Undefined for anything but a string, such as `MANY`. */
export function hashOf(sid: unknown): string | undefined {
  if (typeof sid !== 'string') return undefined
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
