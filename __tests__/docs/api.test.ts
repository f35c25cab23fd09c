/** docs/api: every example in the TSDoc comments runs, and does what it is there for. */
import { EventEmitter, once } from 'node:events'
import express from 'express'
import session from 'express-session'
import mongoose from 'mongoose'
import { end } from '../support/change-stream'
import {
  closedLater,
  type MongoDBStore,
  newStore,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { runExample, StoreThatIsClosed } from './support/examples'
import { type Example, examplesInReference } from './support/pages'

type Given = Awaited<ReturnType<typeof given>>
type Declared = Awaited<ReturnType<typeof runExample>>

/** Looks at what an example has done, by a piece of its code that no other has. */
const done: Record<string, (given: Given, declared: Declared) => Promise<unknown>> = {
  async 'app.use(session({'({ app }) {
    app.get('/', (req, res) => {
      req.session.views = (req.session.views ?? 0) + 1
      res.json(req.session.views)
    })
    const visitor = new Visitor(closedLater(await serve(app)).address)
    expect([(await visitor.visit('/')).body, (await visitor.visit('/')).body]).toEqual(['1', '2'])
  },

  // It fails where the query does
  async 'store.model.find('() {},

  async 'const session = await store.get(sid)'(_given, declared) {
    expect(declared.session).toMatchObject({ userId: 'ada', device: 'phone' })
  },

  async 'of store.sessions('() {
    const listed = jest.mocked(console.log).mock.calls
    expect(listed.map(([sid]) => sid).sort()).toEqual(['laptop', 'phone', 'tablet'])
    for (const [, expires] of listed) expect(Number(expires)).toBeGreaterThan(Date.now())
  },

  async 'of store.ended()'() {
    expect(jest.mocked(console.log).mock.calls).toEqual([['laptop has ended']])
  },

  async '// all but the current one'({ store }) {
    expect(await sidsIn(store)).toEqual(['other', 'phone'])
  },

  async '.ready()'(_given, { store }) {
    expect((store as MongoDBStore).connection.readyState).toBe(1)
  },

  async "process.once('SIGTERM'"({ process, server, store }) {
    const isClosed = once(server, 'close')
    process.emit('SIGTERM')
    await isClosed
    await expect(store.get('any')).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  },

  async 'if (error) console.error(error)'(_given, { store }) {
    await (store as MongoDBStore).ready()
    expect(console.error).not.toHaveBeenCalled()
  },

  async 'encode: (session) => JSON'(_given, { json }) {
    const store = newStore({ codec: json as never })
    await store.set('a', sessionData({ views: 1 }))
    expect(await store.get('a')).toMatchObject({ views: 1 })
  },

  async 'log.warn('({ store, log }) {
    await expect(store.get('')).rejects.toThrow()
    expect(log.warn.mock.calls).toEqual([
      [expect.objectContaining({ code: 'ERR_MONGODB_STORE_SID' })],
    ])
  },

  async 'recomputeFields()'() {
    expect(jest.mocked(console.log).mock.calls).toEqual([['0 sessions now have their fields']])
  },

  async 'secrets: [fresh, old]'({ made: [store] }) {
    await store!.set('a', sessionData({ views: 1 }))
    expect(await store!.get('a')).toMatchObject({ views: 1 })
    expect((await store!.model.findById('a').lean())?.session).not.toHaveProperty('views')
  },

  async 'touchAfter: 60_000'({ made: [store] }) {
    await store!.set('a', sessionData({ userId: 'ada' }))
    expect(await store!.model.findById('a').lean()).toMatchObject({ userId: 'ada' })
  },

  async "'session.device'"({ store }) {
    expect(await sidsIn(store)).toEqual(['laptop', 'other'])
  },

  async "require('express-mongoose-session')(session)"(_given, declared) {
    const store = new (declared.MongoDBStore as typeof MongoDBStore)({
      uri,
      collection: uniqueName(),
    })
    await expect(store.ready()).resolves.toBe(store)
  },
}

/** Each once; some stand at more than one signature. */
const examples = examplesInReference().filter(
  ({ code }, i, all) => i === all.findIndex((other) => other.code === code),
)

const piecesOf = ({ code }: Example) => Object.keys(done).filter((piece) => code.includes(piece))

const sidsIn = async ({ model }: MongoDBStore) =>
  (await model.find().sort('_id').lean()).map(({ _id }) => _id)

/** What the surroundings declare, and what tells what became of it. */
async function given() {
  const made: MongoDBStore[] = []
  const store = newStore({
    connection: mongoose.connection,
    schema: { userId: { type: String, index: true } },
    fields: (session) => ({ userId: (session as unknown as { userId: string }).userId }),
  })
  for (const device of ['phone', 'tablet', 'laptop']) {
    await store.set(device, sessionData({ userId: 'ada', device }))
  }
  await store.set('other', sessionData({ userId: 'bob', device: 'phone' }))
  // Tells of one end; the loop ends with the store
  const ends = [end('laptop')]
  const next = async () => ends.shift() ?? store.close()
  Object.assign(store.model, { watch: () => ({ next, close: async () => {} }) })
  const app = express()
  const surroundings = {
    MongoDBStore: new Proxy(StoreThatIsClosed, {
      construct(target, [options]) {
        const store = new target({ collection: uniqueName(), ...options })
        made.push(store)
        return store
      },
    }),
    process: new EventEmitter(),
    server: app.listen(0),
    req: { sessionID: 'phone' },
    log: { warn: jest.fn() },
    ...{ app, store, mongoose, session, uri, secret: 'a secret', sid: 'phone', userId: 'ada' },
    ...{
      fresh: 'a secret of more than 32 characters',
      old: 'an older one, of more than 32 as well',
    },
  }
  closedLater({
    close: async () => surroundings.server.close(),
  })
  return { ...surroundings, made }
}

beforeAll(() => mongoose.connect(uri))
afterAll(() => mongoose.disconnect())

beforeEach(() => {
  for (const method of ['log', 'error'] as const) jest.spyOn(console, method).mockReturnValue()
})
afterEach(() => jest.restoreAllMocks())

it('there is a look at what each example has done, and none at what no example does', () => {
  const looks = examples.map((example) => [example.code, piecesOf(example).length])
  expect(looks).toEqual(looks.map(([code]) => [code, 1]))
  expect(examples.flatMap(piecesOf).sort()).toEqual(Object.keys(done).sort())
})

it.each(examples.map((example): [string, Example] => [`${example.page}:${example.line}`, example]))(
  'the example of %s runs',
  async (_where, example) => {
    const all = await given()
    const declared = await runExample(example, all)
    for (const piece of piecesOf(example)) await done[piece]!(all, declared)
  },
)
