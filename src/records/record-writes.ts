/** Writes to records on their way: those of one turn by one query, each with its own outcome. */
import { MongoDBStoreError, NoAnswerError, serverCodeOf } from '../errors'
import { currentBatchInfo } from '../operations/diagnostics'
import type { ResolvedOptions } from '../options/resolved-options'
import { notStorable, tooLarge } from '../payload/payload'
import { Batcher } from './batcher'
import type { ModelQueries } from './model-queries'
import { DONE, failed, type Outcome, type Write } from './queries'
import { type QueryRunner, unbatched } from './query-runner'
import type { Statement } from './statements'

/** Writes to one record that are being gathered until they are sent. */
export interface OpenWrites {
  /** How many operations were gathered. */
  readonly size: number
  /** Ends the gathering: what is to be sent, in order. */
  seal(): readonly Write[]
  /** Tells the operations how many went out together, these included. */
  tellSize(size: number): void
  /** Takes an outcome for each write, up to the first that was refused. */
  answer(outcomes: readonly Outcome[]): void
  /** None of them was answered. */
  fail(error: unknown): void
}

// Server error codes (mongodb/mongo: src/mongo/base/error_codes.yml)
const DUPLICATE_KEY = 11000
const PATH_NOT_VIABLE = 28
/** What was sent, what an update would make, and what an upsert would make is over 16 MiB. */
const TOO_LARGE = [10334, 17419, 17420]

interface SealedWrite {
  readonly open: OpenWrites
  readonly write: Write
}

/** @internal */
export class RecordWrites {
  /** Sends what has been gathered by then. */
  readonly send: (open: OpenWrites) => void
  /** Whether several writes may go as one; not if each has to pass the app's middleware. */
  readonly canFold: boolean
  readonly #queries: ModelQueries
  readonly #runner: QueryRunner

  constructor(queries: ModelQueries, runner: QueryRunner, { batch }: ResolvedOptions) {
    this.#queries = queries
    this.#runner = runner
    this.canFold = queries.canBatch
    if (batch && queries.canBatch) {
      const batcher = new Batcher(batch.maxSize, this.#send)
      this.send = (open) => batcher.add(open)
    } else this.send = (open) => this.#send([open])
  }

  /**
   * By itself.
   * @returns false if the stored `session` has no keys to write to, being no object
   */
  async sendAlone({ write }: Statement): Promise<boolean> {
    const sendOnce = () =>
      new Promise<void>((resolve, reject) => this.send(alone(write, resolve, reject)))
    try {
      // Two inserts of one sid at once: the one that lost finds the record now
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
   * An update apart from any others.
   * @returns whether there was a record that meets its condition
   */
  async updateOne({ write }: Statement): Promise<boolean> {
    try {
      const result = await unbatched(this.#runner.send(() => this.#queries.write(write)))
      return (result as { matchedCount?: unknown } | undefined)?.matchedCount !== 0
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Whether what was sent is at fault, so that nothing of it was done. */
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
    // A bulk write sends each kind by a command of its own, one after the other: these go side by
    // side, and the failure of one is not the other's
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
    this.#sendTogether(updates)
    this.#sendTogether(removals)
  }

  #sendTogether(writes: readonly SealedWrite[]): void {
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

/** Undefined if what one of them is to write cannot be told: they have failed. */
function sealed(open: OpenWrites): readonly Write[] | undefined {
  try {
    return open.seal()
  } catch (error) {
    open.fail(error)
    return undefined
  }
}

/** Nothing is gathered. */
function alone(write: Write, resolve: () => void, fail: (error: unknown) => void): OpenWrites {
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

/** Whether the stored `session` has no keys to write to, being no object. */
export function isPathRefusal(error: unknown): boolean {
  return serverCodeOf(error) === PATH_NOT_VIABLE
}

/** Whether another insert of the sid came first. */
export function isLostInsert(error: unknown): boolean {
  return serverCodeOf(error) === DUPLICATE_KEY
}

/** In the store's words, if it has any for what the server has refused. */
export function refusalOf(error: unknown): unknown {
  if (TOO_LARGE.includes(serverCodeOf(error) ?? 0)) return tooLarge(error)
  return refusedByValidator(error) ?? error
}

/** By the names of the schema's paths alone: what a validator says can quote the value. */
function refusedByValidator(error: unknown): unknown {
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: object }
  if (!(error instanceof Error) || name !== 'ValidationError' || !errors) return undefined
  const paths = Object.keys(errors).map((path) => `\`${path}\``)
  return notStorable(`the model's validators refuse ${paths.join(', ')}`, error)
}
