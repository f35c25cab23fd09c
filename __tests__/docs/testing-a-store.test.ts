/** docs/testing-a-store.md: its examples register the rules, and the stores that they test keep them. */
import { MemoryStore, Store } from 'express-session'
import { storeContract } from '../../src/testing'
import { MongoDBStore, uniqueName } from '../support/server'
import { examplesOf } from './support/examples'
import type * as Surroundings from './surroundings/testing-a-store'

const page = examplesOf<typeof Surroundings>('docs/testing-a-store.md')
const names = storeContract.map(({ name }) => name)

/** A test runner that runs what an example has registered. */
function runner() {
  const tests = new Map<string, () => Promise<void>>()
  const ends: (() => Promise<void>)[] = []
  return {
    tests,
    given: {
      test: (name: string, check: () => Promise<void>) => void tests.set(name, check),
      after: (end: () => Promise<void>) => void ends.push(end),
    },
    async run() {
      for (const check of tests.values()) await check()
      for (const end of ends) await end()
    },
  }
}

it('Run the rules: each is a test, and MemoryStore passes them', async () => {
  const { tests, given, run } = runner()
  await page.run('Run the rules', { ...given, MyStore: MemoryStore })
  expect([...tests.keys()]).toEqual(names)
  await run()
})

it('Run the rules: a store that forgets fails', async () => {
  const { given, run } = runner()
  class ForgetfulStore extends MemoryStore {
    override get(_: string, callback: Parameters<MemoryStore['get']>[1]) {
      setImmediate(callback, null, null)
    }
  }
  await page.run('Run the rules', { ...given, MyStore: ForgetfulStore })
  await expect(run()).rejects.toThrow()
})

it('A store without the optional methods: the rules that need them are left out', async () => {
  const { tests, given, run } = runner()
  class SmallStore extends Store {
    readonly #kept = new MemoryStore()
    override get(...args: Parameters<Store['get']>) {
      this.#kept.get(...args)
    }
    override set(...args: Parameters<Store['set']>) {
      this.#kept.set(...args)
    }
    override destroy(...args: Parameters<Store['destroy']>) {
      this.#kept.destroy(...args)
    }
  }
  await page.run('A store without the optional methods', {
    ...given,
    MyStore: SmallStore as never,
  })
  const left = storeContract.filter(({ needs }) => needs.length === 0).map(({ name }) => name)
  expect([...tests.keys()]).toEqual(left)
  expect(left.length).toBeGreaterThan(5)
  await run()
})

it('A store on a database: this one keeps the rules, each in a collection of its own', async () => {
  const { tests, given, run } = runner()
  const prefix = uniqueName()
  const made: MongoDBStore[] = []
  const InItsOwnCollections = new Proxy(MongoDBStore, {
    construct(target, [options]) {
      const store = new target({ ...options, collection: `${prefix}-${options.collection}` })
      made.push(store)
      return store
    },
  })
  await page.run('A store on a database', { ...given, MongoDBStore: InItsOwnCollections })
  expect([...tests.keys()]).toEqual(names)
  await run()
  expect(new Set(made.map(({ options }) => options.collection)).size).toBe(names.length)
  expect(made.map(({ connection }) => connection.readyState)).toEqual(names.map(() => 0))
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
