/** Writes records: the writes of one turn leave as one query, each with its own outcome. */
import { MongoDBStoreError, NoAnswerError } from '../errors'
import { currentBatchInfo } from '../operations/diagnostics'
import type { ResolvedOptions } from '../options/resolved-options'
import { Batcher } from './batcher'
import type { ModelWrites } from './model-writes'
import { DONE, failed, type Outcome, type Write } from './queries'
import { type QueryRunner, unbatched } from './query-runner'
import type { Statement } from './statements'
import { isLostInsert, isPathRefusal, refusalOf } from './write-refusals'

/** Writes to one record: more of them may join until they are sent. */
export interface OpenWrites {
  /** How many operations have joined. */
  readonly size: number
  /** No write can join any more. Returns the writes to send, in order. */
  seal(): readonly Write[]
  /** Tells the operations how many went out together, themselves included. */
  tellSize(size: number): void
  /** Takes an outcome for each write, up to the first that was refused. */
  answer(outcomes: readonly Outcome[]): void
  /** Takes the error if there is no outcome for any write. */
  fail(error: unknown): void
}

interface SealedWrite {
  readonly open: OpenWrites
  readonly write: Write
}

/** @internal */
export class RecordWrites {
  /** Seals the writes when the turn ends, and sends them. */
  readonly send: (open: OpenWrites) => void
  /** Whether several writes may become one; not if middleware, setters or the like need single ones. */
  readonly canFold: boolean
  /** Whether a removal and an insert may become a replacement. */
  readonly canReplace: boolean
  readonly #queries: ModelWrites
  readonly #runner: QueryRunner

  constructor(queries: ModelWrites, runner: QueryRunner, batch: ResolvedOptions['batch']) {
    this.#queries = queries
    this.#runner = runner
    this.canFold = queries.canBatch
    this.canReplace = queries.canReplace
    if (batch && batch.maxSize > 1) {
      const batcher = new Batcher(batch.maxSize, this.#send)
      this.send = (open) => batcher.add(open)
    } else if (this.canFold) {
      // The writes to one session may still join, until the turn ends
      this.send = (open) => setImmediate(this.#send, [open])
    } else this.send = (open) => this.#send([open])
  }

  /**
   * Sends a write that no other may join.
   * @returns false if the stored `session` is no object, and has no keys to write to
   */
  async sendAlone({ write }: Statement): Promise<boolean> {
    const sendOnce = () =>
      new Promise<void>((resolve, reject) => this.send(singleWrite(write, resolve, reject)))
    try {
      // After two inserts of one session id at once, the second try of the loser updates
      await sendOnce().catch((error) => {
        if (isLostInsert(error)) return sendOnce()
        throw error
      })
      return true
    } catch (error) {
      if (isPathRefusal(error)) return false
      throw refusalOf(error)
    }
  }

  /**
   * Sends an update outside of any batch.
   * @returns whether a record met its condition
   */
  async updateOne({ write }: Statement): Promise<boolean> {
    try {
      const result = await unbatched(this.#runner.send(() => this.#queries.write(write)))
      return (result as { matchedCount?: unknown } | undefined)?.matchedCount !== 0
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Whether the write itself is at fault, so that nothing of it was done. */
  isRefusal(error: unknown): boolean {
    if (error instanceof NoAnswerError || error instanceof MongoDBStoreError) return false
    return this.#queries.isRefusal(error)
  }

  readonly #send = (opens: readonly OpenWrites[]): void => {
    this.#runner.whenOpen(
      () => this.#sendNow(opens),
      (error) => {
        for (const open of opens) open.fail(error)
      },
    )
  }

  #sendNow(opens: readonly OpenWrites[]): void {
    // Two commands side by side: one bulk write would send each kind as a command of its own, one after
    // the other, and share a failure
    const updates: SealedWrite[] = []
    const removals: SealedWrite[] = []
    for (const open of opens) {
      const writes = sealed(open)
      if (!writes) continue
      const [write] = writes
      if (!write) open.answer([])
      else if (writes.length > 1) this.#sendInOrder(open, writes)
      else if ('remove' in write) removals.push({ open, write })
      else updates.push({ open, write })
    }
    this.#sendBatch(updates)
    this.#sendBatch(removals)
  }

  #sendBatch(writes: readonly SealedWrite[]): void {
    const [first] = writes
    if (!first) return
    let size = 0
    for (const { open } of writes) size += open.size
    for (const { open } of writes) open.tellSize(size)
    if (writes.length === 1) this.#sendOne(first)
    else {
      const sent = this.#runner.inTime(() =>
        this.#queries.writeMany(writes.map(({ write }) => write)),
      )
      sent.then(
        (outcomes) => {
          for (const [i, { open }] of writes.entries()) open.answer([outcomes[i] as Outcome])
        },
        (error: unknown) => {
          for (const { open } of writes) open.fail(error)
        },
      )
    }
  }

  #sendOne({ open, write }: SealedWrite): void {
    this.#runner
      .inTime(() => this.#queries.write(write))
      .then(
        () => open.answer([DONE]),
        (error: unknown) => open.answer([failed(error)]),
      )
  }

  #sendInOrder(open: OpenWrites, writes: readonly Write[]): void {
    open.tellSize(open.size)
    this.#runner
      .inTime(() => this.#queries.writeInOrder(writes))
      .then(
        (outcomes) => open.answer(outcomes),
        (error: unknown) => open.fail(error),
      )
  }
}

/** @returns undefined if sealing threw: then the writes have failed */
function sealed(open: OpenWrites): readonly Write[] | undefined {
  try {
    return open.seal()
  } catch (error) {
    open.fail(error)
    return undefined
  }
}

/** A write that no other can join. */
function singleWrite(
  write: Write,
  resolve: () => void,
  fail: (error: unknown) => void,
): OpenWrites {
  const batchInfo = currentBatchInfo()
  return {
    size: 1,
    seal: () => [write],
    tellSize: (size) => {
      if (batchInfo) batchInfo.batchSize = size
    },
    answer: ([outcome]) => {
      if (outcome?.isDone === false) fail(outcome.error)
      else resolve()
    },
    fail,
  }
}
