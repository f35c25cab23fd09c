/** Traces each operation on its channels of `node:diagnostics_channel`. */
import { createHash } from 'node:crypto'
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * The operations. Each is traced on its own `tracingChannel`: `express-mongoose-session:get` and so on.
 * @public
 */
// biome-ignore format: a line for each would be a long list
export type StoreOperation =
  | 'get' | 'set' | 'touch' | 'destroy' | 'destroyMany' | 'all' | 'length' | 'clear' | 'recomputeFields'

/**
 * The message of an operation's tracing channel. After a failure it also has `error`, a
 * {@link MongoDBStoreError}. It never has the result: sessions belong in no trace.
 *
 * @example
 * ```js
 * import { tracingChannel } from 'node:diagnostics_channel'
 * const { error } = tracingChannel('express-mongoose-session:get')
 * error.subscribe(({ sidHash, error }) => log.warn({ sidHash, code: error.code }))
 * ```
 * @public
 */
export interface OperationMessage {
  /** The method that was called. */
  readonly operation: StoreOperation
  /** The collection's name. */
  readonly collection: string
  /**
   * The first 16 hexadecimal digits of the session id's SHA-256: it identifies the operations on one
   * session without giving the id away. Undefined for an operation on many sessions.
   */
  readonly sidHash: string | undefined
}

type Channel = TracingChannel<string, object>

/** Made when they are first used. */
const CHANNELS: { [name in StoreOperation]?: Channel } = {}

/** The channel of the operation if somebody listens. */
export function tracedChannel(operation: StoreOperation): Channel | undefined {
  const channel = (CHANNELS[operation] ??= tracingChannel(`express-mongoose-session:${operation}`))
  // `hasSubscribers` of the channel itself is missing before Node 20.13
  const { start, asyncEnd, error } = channel
  return start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers
    ? channel
    : undefined
}

/** Runs an operation that is traced by the channel. */
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

/** Undefined for what is no text: an operation on many sessions has a symbol in place of a session id. */
export function hashOf(sid: unknown): string | undefined {
  if (typeof sid !== 'string') return undefined
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
