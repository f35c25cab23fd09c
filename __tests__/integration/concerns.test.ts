/** What an app's schema says of reads and writes in general. */
import mongoose, { Schema } from 'mongoose'
import { closedLater, newStore, sessionData, uniqueName, uri } from '../support/server'

type Command = Record<string, unknown>

async function storeOn(options: object, hooks: (schema: Schema) => void = () => {}) {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise()
  const schema = new Schema(
    { _id: String, session: {}, expires: Date },
    { minimize: false, autoCreate: false, autoIndex: false, ...options },
  ) as unknown as Schema
  hooks(schema)
  const model = closedLater(connection).model('Visit', schema, uniqueName())
  const store = await newStore({ model }).ready()
  const commands: [name: string, Command][] = []
  store.client?.on('commandStarted', ({ commandName, command }) => {
    commands.push([commandName, command as Command])
  })
  return { store, commands }
}

/** Alone and in a batch: what a request asks for, and what is about all. */
async function useAll({ store }: Awaited<ReturnType<typeof storeOn>>): Promise<void> {
  for (const sids of [['a'], ['b', 'c']]) {
    const all = (operate: (sid: string) => Promise<unknown>) => Promise.all(sids.map(operate))
    await all((sid) => store.set(sid, sessionData()))
    await all((sid) => store.get(sid))
    await all((sid) => store.touch(sid, sessionData({}, 120_000)))
    await all((sid) => store.destroy(sid))
  }
  await store.all()
  await store.length()
  await store.destroyMany({ _id: 'a' })
  await store.clear()
}

const WRITES = ['update', 'delete']
const SETTINGS = {
  writeConcern: { w: 'majority', wtimeout: 1000 },
  readConcern: { level: 'majority' },
  read: 'primaryPreferred',
}

it.each([
  ['in batches', undefined],
  ['one by one', (schema: Schema) => void schema.pre('updateOne', () => {})],
])("the concerns of an app's schema hold for each operation, %s", async (_, hooks) => {
  const used = await storeOn(SETTINGS, hooks)
  await useAll(used)
  const kinds = new Set(used.commands.map(([name]) => name))
  expect([...kinds]).toEqual(expect.arrayContaining(['update', 'find', 'delete']))
  for (const [name, { writeConcern, readConcern }] of used.commands) {
    if (WRITES.includes(name)) {
      expect([name, writeConcern]).toEqual([name, { w: 'majority', wtimeout: 1000 }])
    } else if (name === 'find') {
      expect([name, readConcern]).toEqual([name, { level: 'majority' }])
    }
  }
})

it("the read preference of an app's schema is asked of the driver", async () => {
  // Which sends it to servers that have others beside them alone
  const used = await storeOn({ read: 'nearest' })
  const reads = (['find', 'findOne'] as const).map((query) =>
    jest.spyOn(used.store.model.collection, query),
  )
  await useAll(used)
  const options = reads.flatMap(({ mock }) => mock.calls.map(([, options]) => options))
  expect(options.length).toBeGreaterThan(2)
  for (const each of options) expect(each).toMatchObject({ readPreference: 'nearest' })
})

it('a schema that says nothing of them leaves them to the connection', async () => {
  const used = await storeOn({})
  await useAll(used)
  for (const [, command] of used.commands) {
    expect(command).not.toHaveProperty('writeConcern')
    expect(command).not.toHaveProperty('readConcern')
  }
})

it.each([
  ['in batches', undefined],
  ['one by one', (schema: Schema) => void schema.pre('updateOne', () => {})],
])(
  'a collation of the schema is not sent with a session id, which is compared byte by byte, %s',
  async (_, hooks) => {
    const { store, commands } = await storeOn({ collation: { locale: 'en', strength: 2 } }, hooks)
    for (const sids of [['a'], ['a', 'A']]) {
      await Promise.all(sids.map((sid) => store.set(sid, sessionData({ sid }))))
      expect(await Promise.all(sids.map((sid) => store.get(sid)))).toMatchObject(
        sids.map((sid) => ({ sid })),
      )
      await Promise.all(sids.map((sid) => store.touch(sid, sessionData({}, 120_000))))
      await Promise.all(sids.map((sid) => store.destroy(sid)))
    }
    const statements = commands.flatMap(([, command]) => [
      command,
      ...((command.updates ?? command.deletes ?? []) as Command[]),
    ])
    expect(statements.length).toBeGreaterThan(12)
    for (const statement of statements) expect(statement).not.toHaveProperty('collation')
  },
)

it('a path that a query leaves out, and that `fields` computes, is read all the same', async () => {
  const name = { type: String, select: false }
  const schema = { _id: String, session: {}, expires: Date, user: { name }, seen: name }
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise()
  const model = closedLater(connection).model('Visit', new Schema(schema), uniqueName())
  const projectionsOf = async (store: ReturnType<typeof newStore>) => {
    await store.set('a', sessionData())
    const projections: unknown[] = []
    store.client?.on('commandStarted', ({ command }) => projections.push(command.projection))
    await store.get('a')
    await Promise.all([store.get('a'), store.get('b')])
    return projections
  }
  const fields = () => ({ seen: 'now' })
  expect(await projectionsOf(newStore({ model, fields } as never))).toEqual([undefined, undefined])
  const hidden = { seen: 0, 'user.name': 0 }
  expect(await projectionsOf(newStore({ model }))).toEqual([hidden, hidden])
})
