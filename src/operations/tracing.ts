/** Traces each operation on its channels of `node:diagnostics_channel`. */
import { createHash } from 'node:crypto'
import type { TracingChannel } from 'node:diagnostics_channel'

/**
 * The operations. Each is traced on its own `tracingChannel`: `express-mongoose-session:get` and so on.
 * @public
 */
export type StoreOperation =
  | 'get'
  | 'set'
  | 'touch'
  | 'destroy'
  | 'destroyMany'
  | 'all'
  | 'length'
  | 'clear'
  | 'recomputeFields'

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

/** Made when they are first used. */
export const CHANNELS: { [name in StoreOperation]?: TracingChannel<string, object> } = {}

/** Runs an operation that is traced by the channel. */
export async function traced<R>(
  channel: TracingChannel<string, object>,
  { sid, ...call }: Omit<OperationMessage, 'sidHash'> & { readonly sid: unknown },
  run: () => Promise<R>,
): Promise<R> {
  const sidHash = typeof sid === 'string' ? hashOf(sid) : undefined
  let result: R | undefined
  // Node would put the result on the message
  const runHidden = async () => {
    result = await run()
  }
  await channel.tracePromise(runHidden, { ...call, sidHash })
  return result as R
}

function hashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
