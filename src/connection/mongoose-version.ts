/** Checks the version of Mongoose: with an older one, each query would fail with an unclear error. */
import type { Mongoose } from 'mongoose'
import { MongoDBStoreError } from '../errors'

const OLDEST = 8

/**
 * @param found the Mongoose of the store, or of the app's connection or model
 * @throws MongoDBStoreError `ERR_MONGODB_STORE_MONGOOSE_VERSION` if it is too old
 */
export function assertVersion(found: Mongoose): void {
  const { version } = found
  if (!(Number.parseInt(version, 10) < OLDEST)) return
  throw new MongoDBStoreError(
    'ERR_MONGODB_STORE_MONGOOSE_VERSION',
    `the store works with Mongoose 8 and 9, and found ${version}: npm install mongoose@9`,
  )
}
