/** A store that is closed at the end of a block, which TypeScript knows from 5.2. */
import { MongoDBStore } from 'express-mongoose-session'

/** Compiled, never run. */
export async function use(): Promise<number> {
  await using store = new MongoDBStore()
  // @ts-expect-error it takes a while to close
  using blocking = new MongoDBStore()
  return (await store.length()) + (await blocking.length())
}
