/** Operations on one session id, in the order in which they were issued. */

interface Lane {
  /** Operations that have not ended, the waiting ones included. */
  pending: number
  /** Settles when every operation so far has ended. */
  all: Promise<unknown>
  /** Settles when every write so far has ended. */
  writes: Promise<unknown> | undefined
}

/**
 * A write waits for whatever was issued before it on the same sid, a read for the writes; reads go
 * side by side. Operations on different sids know nothing of each other.
 */
export class Order {
  readonly #lanes = new Map<string, Lane>()
  /** Settles when the last write to every session has ended; undefined where none is under way. */
  #writingAll: Promise<unknown> | undefined

  read<T>(sid: string, send: () => Promise<T>): Promise<T> {
    if (this.#writingAll) return afterwards(this.#writingAll, () => this.read(sid, send))
    const lane = this.#lanes.get(sid)
    const reading = lane?.writes ? afterwards(lane.writes, send) : send()
    if (lane) this.#join(sid, lane, settled(lane.all, reading))
    else this.#enter(sid, reading, undefined)
    return reading
  }

  write<T>(sid: string, send: () => Promise<T>): Promise<T> {
    if (this.#writingAll) return afterwards(this.#writingAll, () => this.write(sid, send))
    const lane = this.#lanes.get(sid)
    const writing = lane ? afterwards(lane.all, send) : send()
    if (lane) {
      lane.writes = writing
      this.#join(sid, lane, writing)
    } else this.#enter(sid, writing, writing)
    return writing
  }

  /** A read of every session: waits for what was issued before it. */
  readAll<T>(send: () => Promise<T>): Promise<T> {
    if (this.#writingAll) return afterwards(this.#writingAll, () => this.readAll(send))
    return this.#lanes.size === 0 ? send() : afterwards(this.#everything(), send)
  }

  /** A write to every session: waits for what was issued before it, and holds up what comes after. */
  writeAll<T>(send: () => Promise<T>): Promise<T> {
    if (this.#writingAll) return afterwards(this.#writingAll, () => this.writeAll(send))
    const writing = afterwards(this.#everything(), send)
    this.#writingAll = writing
    const end = () => {
      if (this.#writingAll === writing) this.#writingAll = undefined
    }
    writing.then(end, end)
    return writing
  }

  #everything(): Promise<unknown> {
    return settled(...[...this.#lanes.values()].map(({ all }) => all))
  }

  #enter(sid: string, operation: Promise<unknown>, writes: Promise<unknown> | undefined): void {
    const lane = { pending: 1, all: operation, writes }
    this.#lanes.set(sid, lane)
    this.#leaveAfter(sid, lane, operation)
  }

  #join(sid: string, lane: Lane, all: Promise<unknown>): void {
    lane.pending++
    lane.all = all
    this.#leaveAfter(sid, lane, all)
  }

  #leaveAfter(sid: string, lane: Lane, operation: Promise<unknown>): void {
    const leave = () => {
      if (--lane.pending === 0) this.#lanes.delete(sid)
    }
    operation.then(leave, leave)
  }
}

function afterwards<T>(before: Promise<unknown>, send: () => Promise<T>): Promise<T> {
  return before.then(send, send)
}

function settled(...promises: Promise<unknown>[]): Promise<unknown> {
  return Promise.allSettled(promises)
}
