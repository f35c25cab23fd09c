/** A turn's operations as one query. */

interface Waiting<I, O> {
  readonly input: I
  readonly resolve: (output: O) => void
  readonly reject: (error: unknown) => void
}

/** Answers a batch: for each input, by its index, either `settle.resolve` or `settle.reject`. */
export type SendBatch<I, O> = (inputs: readonly I[]) => Promise<readonly Outcome<O>[]>

export type Outcome<O> = { readonly value: O } | { readonly error: unknown }

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
  #waiting: Waiting<I, O>[] = []

  constructor(maxSize: number, sendOne: (input: I) => Promise<O>, sendBatch: SendBatch<I, O>) {
    this.#maxSize = maxSize
    this.#sendOne = sendOne
    this.#sendBatch = sendBatch
  }

  add(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ input, resolve, reject }) === 1) setImmediate(this.#flush)
      else if (this.#waiting.length === this.#maxSize) this.#send()
    })
  }

  readonly #flush = (): void => {
    if (this.#waiting.length > 0) this.#send()
  }

  #send(): void {
    const batch = this.#waiting
    this.#waiting = []
    const [first] = batch as [Waiting<I, O>]
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
