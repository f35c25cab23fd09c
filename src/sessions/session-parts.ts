/** What reading and writing sessions have in common. */

import type { ResolvedOptions } from '../options/resolved-options'
import type { Records } from '../records/records'
import type { ComputedFields } from './computed-fields'
import type { StoredForm } from './session-format'
import type { LoadedSessions } from './snapshots'
import type { Touches } from './touches'

/** @internal */
export interface SessionParts {
  readonly records: Records
  readonly options: ResolvedOptions
  readonly form: StoredForm
  readonly loaded: LoadedSessions
  /** Whether the keys of a record's session can be written one by one. */
  readonly hasPaths: boolean
  readonly fields: ComputedFields | undefined
  readonly touches: Touches
}
