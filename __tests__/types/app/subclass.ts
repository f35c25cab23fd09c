/** The class as a value: subclasses, `instanceof`, mocks, and types of its methods; in pairs. */
// biome-ignore-all lint/suspicious/noExplicitAny: as express-session's types have it
// biome-ignore-all lint/suspicious/noConfusingVoidType: what a method gives with a callback
import { MongoDBStore } from 'express-mongoose-session'
import session, { type SessionData, type Store } from 'express-session'

interface Visit extends SessionData {
  user?: string
}

/** Each method with express-session's own signature. */
class Observed extends MongoDBStore<Visit, { userId: string }> {
  override get(sid: string, callback: (err: any, session?: SessionData | null) => void): void {
    super.get(sid, callback)
  }
  override set(sid: string, visit: SessionData, callback?: (err?: any) => void): void {
    super.set(sid, visit, callback)
  }
  override destroy(sid: string, callback?: (err?: any) => void): void {
    super.destroy(sid, callback)
  }
  override touch(sid: string, visit: SessionData, callback?: () => void): void {
    super.touch(sid, visit, callback)
  }
  override all(callback: (err: any, obj?: SessionData[] | null) => void): void {
    super.all(callback)
  }
  override length(callback: (err: any, length?: number) => void): void {
    super.length(callback)
  }
  override clear(callback?: (err?: any) => void): void {
    super.clear(callback)
  }
}

/** As who has no `any` writes them. */
class Strict extends MongoDBStore {
  override get(sid: string, callback: (err: unknown, found?: SessionData | null) => void): void {
    super.get(sid, callback)
  }
  override destroy(sid: string, callback?: (err?: unknown) => void): void {
    super.destroy(sid, callback)
  }
}

class Promising extends MongoDBStore {
  override async destroy(sid: string): Promise<void> {
    await super.destroy(sid)
  }
}

class Wrong extends MongoDBStore {
  // @ts-expect-error a session id is no number
  override destroy(sid: number): void {
    super.destroy(String(sid))
  }
  // @ts-expect-error express-session gives no such argument
  override touch(sid: string, visit: SessionData, callback: () => void, more: string): void {
    super.touch(sid + more, visit, callback)
  }
}

class Generic<T extends SessionData, F extends object> extends MongoDBStore<T, F> {
  end(filter: Parameters<MongoDBStore<T, F>['destroyMany']>[0]): Promise<number> {
    return this.destroyMany(filter)
  }
}

/** As jest.spyOn and vi.spyOn take a class's prototype. */
declare function spyOn<O extends object, K extends keyof O>(
  object: O,
  method: K,
): O[K] extends (...args: infer A) => infer R
  ? { mock: { calls: A[] }; mockReturnValue(value: R): void }
  : never

/** Compiled, never run. */
export async function use(x: unknown, any: Store, store: MongoDBStore): Promise<void> {
  if (x instanceof MongoDBStore) await x.destroyMany({ 'session.user': 'ada' })
  // @ts-expect-error it may be anything
  await x.destroyMany({ 'session.user': 'ada' })
  if (any instanceof MongoDBStore) await any.destroyMany({ 'session.user': 'ada' })
  // @ts-expect-error not every store has it
  await any.destroyMany({ 'session.user': 'ada' })
  const mine = new Observed({ schema: { userId: String } })
  if (mine instanceof MongoDBStore) await mine.destroyMany({ userId: 'ada' })
  if (store instanceof Observed) await store.destroyMany({ userId: 'ada' })
  // @ts-expect-error not every store has the field
  await store.destroyMany({ userId: 'ada' })

  spyOn(MongoDBStore.prototype, 'destroyMany').mockReturnValue(Promise.resolve(5))
  spyOn(MongoDBStore.prototype, 'get').mockReturnValue(Promise.resolve(null))
  spyOn(MongoDBStore.prototype, 'close').mockReturnValue(Promise.resolve())
  // @ts-expect-error it counts
  spyOn(MongoDBStore.prototype, 'destroyMany').mockReturnValue(Promise.resolve('5'))
  // @ts-expect-error there is no such method
  spyOn(MongoDBStore.prototype, 'destroyAll')

  const length: ReturnType<MongoDBStore['length']> = store.length()
  const count: number = await length
  const found: Awaited<ReturnType<MongoDBStore<Visit>['get']>> = { cookie: new session.Cookie() }
  const gone: ReturnType<InstanceType<typeof MongoDBStore>['destroy']> = Promise.resolve()
  // @ts-expect-error it is a number that is promised
  const text: Awaited<ReturnType<MongoDBStore['length']>> = '5'
  const user: string | undefined = found?.user

  const nothing: void = store.destroy('sid', () => {})
  const maybe: (() => void) | undefined = Math.random() < 1 ? undefined : () => {}
  store.destroy('sid', maybe)
  await store.destroy('sid', undefined)
  // @ts-expect-error the promise is of nothing
  const something: string = await store.destroy('sid')
  // @ts-expect-error what a store is asked for is not what it holds
  const visit: Promise<{ cookie: session.Cookie; other: string } | null> = store.get('sid')
  // @ts-expect-error with a callback there is no promise
  store.destroy('sid', () => {}).then()

  await new Generic<Visit, { userId: string }>({ schema: { userId: String } }).end({ userId: 'a' })
  const plain: Store[] = [mine, new Strict(), new Promising(), new Generic()]
  void [Wrong, count, gone, text, user, nothing, something, visit, plain]
}
