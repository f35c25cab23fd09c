/** Which Mongoose the store works with: of an older one each query would fail, in words of its own. */
import type { Mongoose } from 'mongoose'
import { MongoDBStoreError } from '../errors'

const OLDEST = 8

/**
 * @param found the store's own, or that of what the app has handed over
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_MONGOOSE_VERSION` where it is too old
 */
export function assertVersion(found: Mongoose): void {
  const { version } = found
  if (!(Number.parseInt(version, 10) < OLDEST)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MONGOOSE_VERSION',
    `the store works with Mongoose 8 and 9, and found ${version}: npm install mongoose@9`,
  )
}
