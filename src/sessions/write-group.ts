/** Sends the writes to one session that leave together, and answers each by its own outcome. */
import { type BatchInfo, withBatchInfo } from '../operations/diagnostics'
import type { Outcome, Write } from '../records/queries'
import type { OpenWrites } from '../records/record-writes'
import type { Records } from '../records/records'
import type { Statement } from '../records/statements'
import { type FoldedWrite, fold } from '../records/write-folding'
import { isLostInsert, isPathRefusal, refusalOf } from '../records/write-refusals'
import type { QueuedWrite } from './waiting'

/** A write to a session, on its way. */
export interface SessionWrite {
  /** For the operation's report; undefined if nobody listens. */
  readonly batchInfo: BatchInfo | undefined
  /** The statement to send; undefined if the write takes more than one step. */
  prepare(): Statement | undefined
  /** Takes the prepared statement as written, so that the next write of the session starts from there. */
  remember?(): void
  /** Undoes `remember`, since the statement was not written. */
  forget?(): void
  /** Sends the write by itself, in as many steps as it takes. */
  sendAlone(): Promise<void>
}

type Queued = QueuedWrite<SessionWrite>

/**
 * Sends the writes that `take` gives, in order and as one command if possible, and answers each. `take` is
 * called when the command leaves, so that writes that are issued until then go along.
 */
export function sendTogether(records: Records, take: () => readonly Queued[]): void {
  records.writes.send(new WriteGroup(records, take))
}

class WriteGroup implements OpenWrites {
  readonly #records: Records
  readonly #take: () => readonly Queued[]
  #taken: readonly Queued[] | undefined
  #folded: readonly FoldedWrite[] = []
  /** How many of the taken writes are sent: up to the first that needs more than one step. */
  size = 0

  constructor(records: Records, take: () => readonly Queued[]) {
    this.#records = records
    this.#take = take
  }

  tellSize(size: number): void {
    for (const { write } of this.#sent()) if (write.batchInfo) write.batchInfo.batchSize = size
  }

  seal(): readonly Write[] {
    this.#taken = this.#take()
    const statements: Statement[] = []
    for (const { write } of this.#taken) {
      const statement = prepared(write)
      if (!statement) break
      write.remember?.()
      statements.push(statement)
      this.size++
    }
    this.#folded = fold(statements, this.#records.writes.canReplace)
    return this.#folded.map(({ write }) => write)
  }

  answer(outcomes: readonly Outcome[]): void {
    const areDone =
      outcomes.length === this.#folded.length && outcomes.every(({ isDone }) => isDone)
    const toRetry = areDone ? NONE : this.#answerEach(outcomes)
    if (areDone) for (const queued of this.#sent()) queued.resolve()
    const rest = this.#taken?.slice(this.size) ?? NONE
    if (toRetry.length > 0 || rest.length > 0) this.#sendRest(toRetry, rest)
  }

  fail(error: unknown): void {
    if (this.size > 1 && this.#records.writes.isRefusal(error)) {
      this.answer(NONE)
      return
    }
    this.#forget(this.#sent())
    // This rejects the writes that were not sent, too
    for (const queued of this.#taken ?? this.#take()) queued.reject(error)
  }

  #sent(): readonly Queued[] {
    const taken = this.#taken ?? NONE
    return this.size === taken.length ? taken : taken.slice(0, this.size)
  }

  /**
   * Answers the writes that were done, and those that failed.
   * @returns the writes to try again, each by itself
   */
  #answerEach(outcomes: readonly Outcome[]): readonly Queued[] {
    const sent = this.#sent()
    const toRetry: Queued[] = []
    const failed = new Map<Queued, unknown>()
    for (const [i, { members }] of this.#folded.entries()) {
      const queued = members.map((member) => sent[member] as Queued)
      const outcome = outcomes[i]
      if (outcome?.isDone) for (const each of queued) each.resolve()
      else if (!outcome || this.#mayPassAlone(outcome.error, members.length))
        toRetry.push(...queued)
      else for (const each of queued) failed.set(each, refusalOf(outcome.error))
    }
    const retried = new Set(toRetry)
    this.#forget(sent.filter((each) => failed.has(each) || retried.has(each)))
    for (const [queued, error] of failed) queued.reject(error)
    return toRetry
  }

  /** Whether the write may succeed by itself: another write was refused, or it can be written another way. */
  #mayPassAlone(error: unknown, count: number): boolean {
    if (isPathRefusal(error) || isLostInsert(error)) return true
    return count > 1 && this.#records.writes.isRefusal(error)
  }

  /** The last first, since each snapshot builds on the one before. */
  #forget(queued: readonly Queued[]): void {
    for (const { write } of [...queued].reverse()) write.forget?.()
  }

  async #sendRest(toRetry: readonly Queued[], rest: readonly Queued[]): Promise<void> {
    for (const queued of toRetry) await sendAlone(queued)
    const [next, ...others] = rest
    if (next) await sendAlone(next)
    if (others.length > 0) sendTogether(this.#records, () => others)
  }
}

const NONE: readonly never[] = []

/** Undefined also if `prepare` throws: sent by itself, the write tells why. */
function prepared(write: SessionWrite): Statement | undefined {
  try {
    return write.prepare()
  } catch {
    return undefined
  }
}

function sendAlone(queued: Queued): Promise<void> {
  const { write } = queued
  return withBatchInfo(write.batchInfo, () => write.sendAlone()).then(
    () => queued.resolve(),
    (error: unknown) => queued.reject(error),
  )
}
