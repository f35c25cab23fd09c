/** A turn's operations as one query. */
import { executionAsyncId } from 'node:async_hooks'
import { currentBatchInfo } from '../operations/diagnostics'

interface Waiting<I, O> {
  readonly input: I
  readonly resolve: (output: O | PromiseLike<O>) => void
  readonly reject: (error: unknown) => void
  /** Who wants to know how many went out together. */
  readonly batchInfo: { batchSize: number } | undefined
}

/** Answers a batch: for each input, by its index, either `settle.resolve` or `settle.reject`. */
export type SendBatch<I, O> = (inputs: readonly I[]) => Promise<readonly Outcome<O>[]>

export type Outcome<O> = { readonly value: O | PromiseLike<O> } | { readonly error: unknown }

/**
 * For how many milliseconds a batch waits for the end of its turn. A turn in which a hundred requests
 * are handled takes the app 20: with all of them in one query, server and app would only ever wait for
 * each other.
 */
const LONG_TURN = 3

/**
 * Collects what is asked for in one turn of the event loop, and sends it when the turn ends. Under
 * load, Node hands an app the requests of many sockets in one turn.
 *
 * A batch holds only what was issued before it left, so that no read is older than its call.
 */
export class Batcher<I, O> {
  readonly #maxSize: number
  readonly #sendOne: (input: I) => Promise<O>
  readonly #sendBatch: SendBatch<I, O>
  readonly #now: () => number
  #waiting: Waiting<I, O>[] = []
  #since = 0
  #callback = 0

  constructor(
    maxSize: number,
    sendOne: (input: I) => Promise<O>,
    sendBatch: SendBatch<I, O>,
    now = () => performance.now(),
  ) {
    this.#now = now
    this.#maxSize = maxSize
    this.#sendOne = sendOne
    this.#sendBatch = sendBatch
  }

  add(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      // What one callback of Node's asks for at once stays together, however long it takes
      const callback = executionAsyncId()
      if (this.#waiting.length > 0 && callback !== this.#callback && this.#isTurnLong())
        this.#send()
      this.#callback = callback
      const count = this.#waiting.push({ input, resolve, reject, batchInfo: currentBatchInfo() })
      if (count >= this.#maxSize) this.#send()
      else if (count === 1) {
        this.#since = this.#now()
        setImmediate(this.#flush)
      }
    })
  }

  #isTurnLong(): boolean {
    return this.#now() - this.#since >= LONG_TURN
  }

  readonly #flush = (): void => {
    if (this.#waiting.length > 0) this.#send()
  }

  #send(): void {
    const batch = this.#waiting
    this.#waiting = []
    const [first] = batch as [Waiting<I, O>]
    for (const { batchInfo } of batch) if (batchInfo) batchInfo.batchSize = batch.length
    // A lone operation goes out as itself, with nothing of a batch's cost
    if (batch.length === 1) this.#sendOne(first.input).then(first.resolve, first.reject)
    else {
      this.#sendBatch(batch.map(({ input }) => input)).then(
        (outcomes) => {
          batch.forEach(({ resolve, reject }, i) => {
            const outcome = outcomes[i] as Outcome<O>
            if ('error' in outcome) reject(outcome.error)
            else resolve(outcome.value)
          })
        },
        (error: unknown) => {
          for (const { reject } of batch) reject(error)
        },
      )
    }
  }
}
