/** The store's operations that are traced. */
import type { StoreOperation } from '../../src/operations/tracing'

/** One that is missing here does not compile. */
const EACH: Record<StoreOperation, true> = {
  get: true,
  set: true,
  touch: true,
  destroy: true,
  destroyMany: true,
  all: true,
  length: true,
  clear: true,
  recomputeFields: true,
}

export const OPERATIONS = Object.keys(EACH) as StoreOperation[]

/** The names of their tracing channels. */
export const CHANNELS = OPERATIONS.map((name) => `express-mongoose-session:${name}`)
