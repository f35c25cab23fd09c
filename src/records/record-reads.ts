/** Reads records by session id: the reads of one turn leave as one query. */
import { type BatchInfo, currentBatchInfo } from '../operations/diagnostics'
import type { ResolvedOptions } from '../options/resolved-options'
import { Batcher } from './batcher'
import type { FoundRecords } from './found-record'
import type { ModelReads } from './model-reads'
import type { Bytes, FieldNames, Fields } from './queries'
import { type QueryRunner, unbatched } from './query-runner'

type Found = Bytes | Fields | null

interface BatchedRead {
  readonly sid: string
  readonly batchInfo: BatchInfo | undefined
  readonly resolve: (found: Found) => void
  readonly reject: (error: unknown) => void
}

/** In characters; express-session's ids have 32. */
const LONG_SID = 1024

/** @internal */
export class RecordReads {
  readonly #reads: ModelReads
  readonly #runner: QueryRunner
  readonly #found: FoundRecords
  readonly #idField: string
  readonly #batcher: Batcher<BatchedRead> | undefined

  constructor(
    reads: ModelReads,
    runner: QueryRunner,
    found: FoundRecords,
    { idField }: FieldNames,
    batch: ResolvedOptions['batch'],
  ) {
    this.#reads = reads
    this.#runner = runner
    this.#found = found
    this.#idField = idField
    if (batch) this.#batcher = new Batcher(batch.maxSize, this.#send)
  }

  find(sid: string): Promise<Found> {
    const batcher = this.#batcher
    // Many long ids are too large for one command; the driver splits a bulk write, but not a `find`
    if (!batcher || sid.length > LONG_SID) return unbatched(this.#findOne(sid))
    return new Promise((resolve, reject) => {
      batcher.add({ sid, batchInfo: currentBatchInfo(), resolve, reject })
    })
  }

  readonly #send = (reads: readonly BatchedRead[]): void => {
    for (const { batchInfo } of reads) if (batchInfo) batchInfo.batchSize = reads.length
    const [first] = reads as [BatchedRead]
    // A lone read does without the cost of a batch
    if (reads.length === 1) this.#findOne(first.sid).then(first.resolve, first.reject)
    else this.#findMany(reads)
  }

  #findOne(sid: string): Promise<Found> {
    return this.#runner.send(() => this.#reads.find({ [this.#idField]: sid }))
  }

  async #findMany(reads: readonly BatchedRead[]): Promise<void> {
    try {
      const sids = new Set(reads.map(({ sid }) => sid))
      const found = await this.#runner.send(() => this.#reads.findMany([...sids]))
      const bySid = new Map(found.map((each) => [this.#found.sidOf(each), each]))
      for (const { sid, resolve } of reads) {
        const each = bySid.get(sid) ?? null
        // The first read gets the record itself, the others a copy: no two reads share an object
        resolve(each && !sids.delete(sid) ? this.#found.copyOf(each) : each)
      }
    } catch (error) {
      for (const { reject } of reads) reject(error)
    }
  }
}
