/** Writes records: those of one turn share a query, and each gets its own outcome. */
import type { AsyncResource } from 'node:async_hooks'
import type { mongo } from 'mongoose'
import type { ResolvedOptions } from '../options/resolved-options'
import { Batcher } from './batcher'
import type { SessionModel } from './model'
import { type Fields, NO_TRANSACTION, type QueryRunner } from './queries'
import type { SchemaTraits } from './schema'
import type { Write } from './statements'
import { causeOf, isRefusal, type Outcome, outcomeOf, refusalOf } from './write-errors'

/** A write to be sent. */
export interface PendingWrite {
  /** The async context for the app's middleware; undefined without any. */
  readonly resource: AsyncResource | undefined
  /** What to write, as of when it leaves. Throws if it cannot be written. */
  statement(): Write
  /** What to write after a refusal; undefined if there is nothing else to try. */
  alternative(refusal: unknown): Write | undefined
  /** Takes back what `statement` counted as written: it is called again, or has failed. */
  undo(): void
  /** @param isInserted whether it created a record */
  done(isInserted: boolean): void
  fail(error: unknown): void
}

/** The writes to one record, which leave together, in order. */
export interface Departure {
  /** Called when they leave; until then, others may join. */
  take(): readonly PendingWrite[]
}

interface Sent {
  readonly pending: PendingWrite
  readonly write: Write
}

/** @internal */
export class Writes {
  /** Whether several writes to one record may leave together. */
  readonly canJoin: boolean
  /** Sends the writes when the turn ends. */
  readonly send: (departure: Departure) => void
  readonly #isIdUnique: boolean
  readonly #options: object
  readonly #bulkOptions: object

  constructor(
    private readonly model: SessionModel,
    { idField, batch }: ResolvedOptions,
    private readonly traits: SchemaTraits,
    private readonly runner: QueryRunner,
  ) {
    this.canJoin = traits.canBatch
    this.#isIdUnique = idField === '_id'
    // Session ids are compared byte by byte, and the index of `_id` has the collection's collation
    const options = { ...NO_TRANSACTION, collation: undefined }
    // Without this, Mongoose runs no validators for an update
    this.#options = traits.hasValidators ? { ...options, runValidators: true } : options
    // Mongoose applies the schema's write concern to queries, but not to bulk writes
    const { writeConcern } = model.schema.options as { writeConcern?: mongo.WriteConcern }
    const hasConcern = writeConcern && Object.keys(writeConcern).length > 0
    this.#bulkOptions = {
      ...NO_TRANSACTION,
      skipValidation: true,
      ...(hasConcern && { writeConcern }),
    }
    const batcher = batch && traits.canBatch && new Batcher(batch.maxSize, this.#leave)
    this.send = batcher ? batcher.add.bind(batcher) : (departure) => this.#leave([departure])
  }

  /** Sends an update outside any batch; resolves to whether a record met its condition. */
  async updateOne(write: Write): Promise<boolean> {
    const result = await this.runner.send(() => this.#query(write))
    return result?.matchedCount !== 0
  }

  /** Removes every matching record; resolves to how many. */
  async removeAll(filter: Fields): Promise<number> {
    const query = this.model.deleteMany(filter as never, NO_TRANSACTION)
    const result = await this.runner.sendLong(() => query.exec())
    // A hook that skips the query (`skipMiddlewareFunction`) leaves no result
    return Number(result?.deletedCount ?? 0)
  }

  readonly #leave = (departures: readonly Departure[]): void => {
    // Two commands at once: one bulk write would send them one after the other, and they would share a failure
    const updates: Sent[] = []
    const removals: Sent[] = []
    for (const departure of departures) {
      const taken = departure.take()
      if (taken.length > 1) this.#sendInOrder(taken)
      else
        for (const sent of stated(taken)) ('remove' in sent.write ? removals : updates).push(sent)
    }
    if (updates.length > 0) this.#sendBatch(updates)
    if (removals.length > 0) this.#sendBatch(removals)
  }

  #sendBatch(batch: readonly Sent[]): void {
    const [first] = batch as [Sent]
    if (batch.length === 1) {
      this.#sendOne(first)
      return
    }
    this.#bulkWrite(batch, false).then(
      ({ failures, inserted }) => {
        for (const [i, { pending }] of batch.entries()) {
          if (failures.has(i)) this.#refused(pending, failures.get(i))
          else pending.done(inserted.has(i))
        }
      },
      (error) => {
        if (this.#isRefusal(error)) {
          // One was refused, and the others with it: sends each by itself to find out which
          for (const { pending } of batch) this.#sendAgain(pending)
        } else for (const { pending } of batch) pending.fail(error)
      },
    )
  }

  #sendOne({ pending, write }: Sent, isLast = false): Promise<void> {
    const { resource } = pending
    const query = () => this.#query(write)
    const bound = resource ? () => resource.runInAsyncScope(query) : query
    return this.runner.send(bound).then(
      (result) => pending.done((result?.upsertedCount ?? 0) > 0),
      (error) => (isLast ? fail(pending, error) : this.#refused(pending, error)),
    )
  }

  /** Tries the alternative, if there is one. */
  async #refused(pending: PendingWrite, error: unknown): Promise<void> {
    const write = pending.alternative(error)
    if (write) await this.#sendOne({ pending, write }, true)
    else fail(pending, error)
  }

  /** Sends a write by itself that was refused together with others. */
  async #sendAgain(pending: PendingWrite): Promise<void> {
    pending.undo()
    for (const sent of stated([pending])) await this.#sendOne(sent)
  }

  /** One ordered bulk write; if one is refused, the rest is sent again. */
  async #sendInOrder(pending: readonly PendingWrite[]): Promise<void> {
    let rest = stated(pending)
    while (rest.length > 1) {
      const sent = rest
      let outcome: Outcome | undefined
      try {
        outcome = await this.#bulkWrite(sent, true)
      } catch (error) {
        if (!this.#isRefusal(error)) {
          for (const each of sent.toReversed()) each.pending.fail(error)
          return
        }
      }
      const failed = outcome ? Math.min(sent.length, ...outcome.failures.keys()) : 0
      for (const [i, { pending }] of sent.slice(0, failed).entries()) {
        pending.done(outcome?.inserted.has(i) === true)
      }
      if (failed === sent.length) return
      // The last one first, since each builds on what the one before counts as written
      for (const each of sent.slice(failed).toReversed()) each.pending.undo()
      const [again, ...others] = sent.slice(failed) as [Sent, ...Sent[]]
      await this.#sendAgain(again.pending)
      rest = stated(others.map((each) => each.pending))
    }
    for (const each of rest) await this.#sendOne(each)
  }

  /** Rejects if neither the server nor Mongoose says which operations failed. */
  async #bulkWrite(batch: readonly Sent[], ordered: boolean): Promise<Outcome> {
    const operations = batch.map(({ write }) => this.#operationOf(write))
    const options = { ...this.#bulkOptions, ordered }
    const query = () => this.model.bulkWrite(operations as never, options)
    // In the context of the first request
    const resource = batch[0]?.pending.resource
    const bound = resource ? () => resource.runInAsyncScope(query) : query
    try {
      return outcomeOf(await this.runner.send(bound)) as Outcome
    } catch (error) {
      const outcome = outcomeOf(error, true)
      if (outcome) return outcome
      throw causeOf(error, this.model.base.mongo)
    }
  }

  #isRefusal(error: unknown): boolean {
    const { mongo } = this.model.base
    // Before the connection is open, no error is about a query
    return (
      this.runner.storeConnection.isOpen() &&
      isRefusal(error, mongo, this.traits.hasBulkWriteMiddleware)
    )
  }

  #operationOf(write: Write): mongo.AnyBulkWriteOperation<Fields> {
    if (!('remove' in write)) return { updateOne: write }
    const removal = { filter: write.remove }
    return this.#isIdUnique ? { deleteOne: removal } : { deleteMany: removal }
  }

  #query(write: Write): Promise<Partial<mongo.UpdateResult> | undefined> {
    if ('remove' in write) return this.#remove(write.remove)
    const options = { ...this.#options, upsert: write.upsert }
    return this.model.updateOne(write.filter as never, write.update, options).exec()
  }

  async #remove(filter: Fields): Promise<undefined> {
    // With a custom `idField`, several records may have the session id: its index may be missing
    if (this.#isIdUnique || !this.canJoin) {
      await this.model.deleteOne(filter as never, this.#options).exec()
    }
    if (!this.#isIdUnique) await this.model.deleteMany(filter as never, this.#options).exec()
  }
}

/** The writes with their statements; those without one fail. */
function stated(pending: readonly PendingWrite[]): Sent[] {
  const sent: Sent[] = []
  for (const each of pending) {
    try {
      sent.push({ pending: each, write: each.statement() })
    } catch (error) {
      each.fail(error)
    }
  }
  return sent
}

function fail(pending: PendingWrite, error: unknown): void {
  pending.fail(refusalOf(error))
}
