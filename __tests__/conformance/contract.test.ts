/** The store contract, on express-session's own store as the reference and on ours in all its forms. */
import { MemoryStore } from 'express-session'
import mongoose from 'mongoose'
import { storeContract } from '../contract'
import { describeEach } from '../support/in-full'
import { newConnection, newStore, newStoreWithoutIndexes, uniqueName } from '../support/server'

type Create = Parameters<(typeof storeContract)[number]['check']>[0]

const json = {
  encode: (session: object) => JSON.stringify(session),
  decode: (stored: unknown) => JSON.parse(stored as string),
}
const slowly = {
  encode: async (session: object) => ({ wrapped: session }),
  decode: async (stored: unknown) => (stored as { wrapped: object }).wrapped,
}

const stores: Record<string, { create: Create }> = {
  "express-session's MemoryStore": { create: () => new MemoryStore() },
  'a store with its own connection': { create: () => newStore() },
  'a store that is used before it is connected': { create: () => newStore() },
  'a store that is ready': { create: () => newStore().ready() },
  "a store on the app's connection": {
    create: async () => newStore({ connection: await newConnection() }),
  },
  "a store with the app's model": {
    create: async () => {
      const connection = await newConnection()
      const schema = new mongoose.Schema({ _id: String, session: {}, expires: Date, user: String })
      return newStore({ model: connection.model('Visit', schema, uniqueName()) })
    },
  },
  'a store with another idField and expiresKey': {
    create: () => newStore({ idField: 'sid', expiresKey: 'endsAt' }),
  },
  'a store that writes whole sessions': { create: () => newStore({ writes: 'replace' }) },
  'a store with a codec': { create: () => newStore({ codec: json }) },
  'a store with a codec that takes its time': { create: () => newStore({ codec: slowly }) },
  'a store with encryption': {
    create: () => newStore({ encryption: { secrets: 'a secret of more than 32 characters' } }),
  },
  'a store without indexes': {
    create: () => newStoreWithoutIndexes(),
  },
}

/** The reference, and one of each way that a session is stored or a query is made. */
const IN_SHORT = [
  "express-session's MemoryStore",
  'a store with its own connection',
  "a store with the app's model",
  'a store that writes whole sessions',
  'a store with encryption',
]

describeEach(Object.keys(stores), IN_SHORT, (name) => {
  it.each(storeContract.map((rule) => [rule.name, rule] as const))('%s', (_rule, { check }) =>
    check(stores[name]!.create),
  )
})

describe('a rule of the contract', () => {
  it.each(storeContract.map((rule) => [rule.name, rule] as const))(
    'fails on a store that does nothing: %s',
    async (name, { check }) => {
      // Rules that ask for nothing but the absence of errors hold for it
      if (HOLD_FOR_AN_IDLE_STORE.test(name)) return
      await expect(check(() => new IdleStore())).rejects.toThrow()
    },
  )
})

const HOLD_FOR_AN_IDLE_STORE =
  /no error|never set|finds nothing|expired|an expiry given as text|touch can end|does not bring back|neither changes|empty/

/** Calls back, and keeps nothing. */
class IdleStore extends MemoryStore {
  override set = (...args: unknown[]) => setImmediate(args.at(-1) as () => void)
}
