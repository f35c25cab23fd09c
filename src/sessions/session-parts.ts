/** The parts that both reading and writing sessions need. */

import type { ResolvedOptions } from '../options/resolved-options'
import type { Records } from '../records/records'
import type { ComputedFields } from './computed-fields'
import type { SessionFormat } from './session-format'
import type { Snapshots } from './snapshots'

/** @internal */
export interface SessionParts {
  readonly records: Records
  readonly options: ResolvedOptions
  readonly format: SessionFormat
  readonly snapshots: Snapshots
  /** Whether the keys of a record's session can be written one by one. */
  readonly canMerge: boolean
  readonly fields: ComputedFields | undefined
}
