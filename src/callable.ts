/** The class as connect-mongodb-session's users may call it: with `new`, and without. */
import type { SessionData } from 'express-session'
import { MongoDBStore as StoreClass } from './store'

type Arguments<T extends SessionData> =
  | ConstructorParameters<typeof StoreClass<T>>
  | [callback: (error?: Error) => void]

/** @public */
export interface CallableStore {
  new <T extends SessionData = SessionData>(...args: Arguments<T>): StoreClass<T>
  <T extends SessionData = SessionData>(...args: Arguments<T>): StoreClass<T>
  readonly prototype: StoreClass
}

export const MongoDBStore = new Proxy(StoreClass, {
  apply: (target, _self, args) => new target(...(args as [])),
}) as unknown as CallableStore

Object.defineProperty(StoreClass.prototype, 'constructor', { value: MongoDBStore })
