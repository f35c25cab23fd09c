/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData } from 'express-session'
import type { MongoDBStoreOptions } from './options'
import { type StartCallback, MongoDBStore as StoreClass } from './store'

/** @public */
export interface CallableStore {
  new <T extends SessionData = SessionData>(callback: StartCallback): StoreClass<T>
  new <T extends SessionData = SessionData>(
    options?: MongoDBStoreOptions<T>,
    callback?: StartCallback,
  ): StoreClass<T>
  <T extends SessionData = SessionData>(callback: StartCallback): StoreClass<T>
  <T extends SessionData = SessionData>(
    options?: MongoDBStoreOptions<T>,
    callback?: StartCallback,
  ): StoreClass<T>
  readonly prototype: StoreClass
}

/** @public */
export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
