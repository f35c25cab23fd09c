/** Writes to one session that leave together, each answered by its own outcome. */
import type { BatchInfo } from '../operations/diagnostics'
import { type OpenWrites, type Records, refusalOf } from '../records/records'
import { type FoldedWrite, fold, type Statement } from '../records/write-folding'
import type { QueuedWrite } from './session-queues'

/** A write to a session, on its way. */
export interface SessionWrite {
  /** Whoever listens to the operation. */
  readonly batchInfo: BatchInfo | undefined
  /** What is to be written, of what is known now; undefined if that takes more than one step. */
  prepare(): PreparedWrite | undefined
  /** By itself, in as many steps as it takes. */
  alone(): Promise<void>
}

interface PreparedWrite {
  readonly statement: Statement
  /** Takes it for written, so that the next write of the session starts from there. */
  remember(): void
  /** It was not written. */
  forget(): void
}

type Queued = QueuedWrite<SessionWrite>

interface Sent {
  readonly queued: Queued
  readonly prepared: PreparedWrite
}

/**
 * Sends what `take` gives, in order, as one command if it can be one. It is called when that leaves, so
 * that what is asked for until then goes along. Never rejects.
 */
export async function sendTogether(records: Records, take: () => readonly Queued[]): Promise<void> {
  let rest = await sendFirst(records, take)
  while (rest.length > 0) {
    const [next] = rest as [Queued]
    await settle(next, next.write.alone())
    const others = rest.slice(1)
    rest = others.length > 0 ? await sendFirst(records, () => others) : others
  }
}

/** @returns what takes more than one step, and all after it: not sent */
async function sendFirst(
  records: Records,
  take: () => readonly Queued[],
): Promise<readonly Queued[]> {
  const gathered = new Gathered(take)
  try {
    await gathered.settle(records, await records.send(gathered))
  } catch (error) {
    if (gathered.size > 1 && records.isRefusal(error)) await gathered.settle(records, [])
    else gathered.fail(error)
  }
  return gathered.rest
}

class Gathered implements OpenWrites {
  /** What is not among those that are sent. */
  rest: readonly Queued[] = []
  readonly #take: () => readonly Queued[]
  readonly #sent: Sent[] = []
  #taken: readonly Queued[] | undefined
  #folded: readonly FoldedWrite[] | undefined

  constructor(take: () => readonly Queued[]) {
    this.#take = take
  }

  get size(): number {
    return this.#sent.length
  }

  tellSize(size: number): void {
    for (const { queued } of this.#sent) {
      if (queued.write.batchInfo) queued.write.batchInfo.batchSize = size
    }
  }

  seal() {
    const taken = this.#take()
    this.#taken = taken
    for (const [i, queued] of taken.entries()) {
      const prepared = queued.write.prepare()
      if (!prepared) {
        this.rest = taken.slice(i)
        break
      }
      prepared.remember()
      this.#sent.push({ queued, prepared })
    }
    this.#folded = fold(this.#sent.map(({ prepared }) => prepared.statement))
    return this.#folded.map(({ write }) => write)
  }

  /** Answers each: what was refused with others, when it has been tried by itself. */
  async settle(
    records: Records,
    outcomes: readonly ({ value: unknown } | { error: unknown })[],
  ): Promise<void> {
    const again: Sent[] = []
    const failed = new Map<Sent, unknown>()
    for (const [i, { members }] of (this.#folded ?? []).entries()) {
      const sent = members.map((member) => this.#sent[member] as Sent)
      const outcome = outcomes[i]
      if (outcome && !('error' in outcome)) for (const { queued } of sent) queued.resolve()
      else if (!outcome || isForAnotherTry(records, outcome.error, members.length)) {
        again.push(...sent)
      } else for (const each of sent) failed.set(each, refusalOf(outcome.error))
    }
    if (again.length === 0 && failed.size === 0) return
    this.#forget((each) => failed.has(each) || again.includes(each))
    for (const [{ queued }, error] of failed) queued.reject(error)
    for (const { queued } of again) await settle(queued, queued.write.alone())
  }

  /** None of them was answered. */
  fail(error: unknown): void {
    this.#forget(() => true)
    // Also those that were taken and not prepared, if preparing one has thrown
    for (const queued of this.#taken ?? this.#take()) queued.reject(error)
    this.rest = []
  }

  /** The last first: what one has remembered was taken up by the next. */
  #forget(isForgotten: (sent: Sent) => boolean): void {
    for (const each of [...this.#sent].reverse()) if (isForgotten(each)) each.prepared.forget()
  }
}

/** Whether by itself it may do: it was refused for what went with it, or can be written another way. */
function isForAnotherTry(records: Records, error: unknown, count: number): boolean {
  if (records.isPathRefusal(error) || records.isLostInsert(error)) return true
  return count > 1 && records.isRefusal(error)
}

function settle(queued: Queued, writing: Promise<void>): Promise<void> {
  return writing.then(
    () => queued.resolve(),
    (error: unknown) => queued.reject(error),
  )
}
