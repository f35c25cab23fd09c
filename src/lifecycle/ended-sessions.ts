/** Follows the sessions that end, whoever ends them, with a MongoDB change stream. */
import { EventEmitter, on } from 'node:events'
import type { StoreConnection } from '../connection/connection'
import { MongoDBStoreError } from '../errors'
import type { ResolvedOptions } from '../options/resolved-options'
import type { SessionModel } from '../records/model'

/** The end of one session. @public */
export interface EndedSession {
  /** The record's id: the session id, or what `transformId` makes of it. */
  readonly id: string
}

/** If the collection is dropped, the stream ends with an `invalidate`. */
const ENDS = [{ $match: { operationType: { $in: ['delete', 'invalidate'] } } }]

type Stream = ReturnType<SessionModel['watch']>

/** One change stream for all loops, as long as there are any. @internal */
export class EndedSessions {
  // An aborted loop no longer listens for errors, and ends a moment later
  readonly #events = new EventEmitter().setMaxListeners(0).on('error', () => {})
  #stream: Stream | undefined
  #loops = 0
  #isClosed = false

  constructor(
    private readonly model: SessionModel,
    private readonly options: ResolvedOptions,
    private readonly storeConnection: StoreConnection,
  ) {}

  /** The sessions that end from now on, until the signal or `close`. */
  async *each(signal: AbortSignal | undefined): AsyncGenerator<EndedSession> {
    if (this.options.idField !== '_id') {
      const why =
        'MongoDB only reports the `_id` of an ended record, and the session id is in `idField`'
      throw new MongoDBStoreError('ERR_MONGODB_STORE_ENDED', why)
    }
    await this.storeConnection.ready()
    if (signal?.aborted || this.#isClosed) return
    this.#loops++
    const ends = on(this.#events, 'end', { signal, close: ['close'] } as object)
    if (!this.#stream) this.#follow()
    try {
      for await (const [id] of ends) yield { id }
    } catch (cause) {
      if (!signal?.aborted) throw cause
    } finally {
      if (--this.#loops === 0) this.#stop()
    }
  }

  /** Ends every loop. */
  close(): void {
    this.#isClosed = true
    this.#stop()
    this.#events.emit('close')
  }

  async #follow(): Promise<void> {
    let stream: Stream | undefined
    try {
      stream = this.model.watch(ENDS)
      this.#stream = stream
      while (this.#stream === stream) {
        const change = await stream.next()
        if (change.operationType === 'delete') this.#events.emit('end', change.documentKey._id)
        else this.#stop()
      }
      if (this.#loops > 0) this.#follow()
    } catch (cause) {
      if (this.#stream !== stream) return // closed here
      this.#stream = undefined
      this.#events.emit('error', cause)
    }
  }

  #stop(): void {
    this.#stream?.close().catch(() => {})
    this.#stream = undefined
  }
}
