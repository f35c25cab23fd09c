/** What reading and writing sessions have in common. */
import type { ComputedFields } from './fields'
import type { LoadedSessions } from './loaded'
import type { Records } from './records'
import type { ResolvedOptions } from './resolved-options'
import type { StoredForm } from './stored-form'
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
