/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData } from 'express-session'
import type { MongoDBStoreOptions } from './options'
import { type StartCallback, MongoDBStore as StoreClass } from './store'

// Declared here under the class's public name, so that an app's declaration files can name it
/** @public */
export interface MongoDBStore<T extends SessionData = SessionData> extends StoreClass<T> {}

// Overloads, since a callback's parameter gets no type from a union of argument lists
/** @public */
export interface CallableStore {
  new <T extends SessionData = SessionData>(callback: StartCallback): MongoDBStore<T>
  new <T extends SessionData = SessionData>(
    options?: MongoDBStoreOptions<T>,
    callback?: StartCallback,
  ): MongoDBStore<T>
  <T extends SessionData = SessionData>(callback: StartCallback): MongoDBStore<T>
  <T extends SessionData = SessionData>(
    options?: MongoDBStoreOptions<T>,
    callback?: StartCallback,
  ): MongoDBStore<T>
  readonly prototype: MongoDBStore
}

export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
