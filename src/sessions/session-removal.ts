/** A `destroy` on its way. */
import { currentBatchInfo } from '../operations/diagnostics'
import type { Records } from '../records/records'
import type { Statement } from '../records/statements'
import type { SessionWrite } from './write-group'

/** Removes the session. A session that does not exist is no error. */
export class SessionRemoval implements SessionWrite {
  readonly batchInfo = currentBatchInfo()
  readonly #records: Records
  readonly #statement: Statement

  constructor(records: Records, sid: string) {
    this.#records = records
    this.#statement = records.statements.removing(sid)
  }

  prepare(): Statement | undefined {
    return this.#records.writes.canFold ? this.#statement : undefined
  }

  async sendAlone(): Promise<void> {
    await this.#records.writes.sendAlone(this.#statement)
  }
}
