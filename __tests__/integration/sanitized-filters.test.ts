/** Mongoose's `sanitizeFilter`: it makes values of operators that are not trusted, which nobody means here. */
import mongoose, { type Connection } from 'mongoose'
import {
  closedLater,
  type MongoDBStore,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

const options: Options = {
  schema: { userId: { type: String }, tags: [String] },
  fields: (session) => {
    const { user, tags } = session as unknown as { user: string; tags?: string[] }
    return { userId: user, tags }
  },
}

type Host = typeof mongoose

/** A connection; and what the app does once the store is there. */
type Setting = (host: Host) => [Connection, (() => unknown)?]

const SETTINGS: Record<string, Setting> = {
  'for all of Mongoose': (host) => [
    new host.Mongoose({ sanitizeFilter: true }).createConnection(uri),
  ],
  'for all of Mongoose, when the store is there': (host) => {
    const own = new host.Mongoose()
    return [own.createConnection(uri), () => own.set('sanitizeFilter', true)]
  },
  'for the connection': (host) => [
    new host.Mongoose().createConnection(uri, { sanitizeFilter: true }),
  ],
  'for the connection, which is opened later': (host) => {
    const connection = new host.Mongoose().createConnection()
    return [connection, () => connection.openUri(uri, { sanitizeFilter: true })]
  },
}

async function filled(setting: [Connection, (() => unknown)?]): Promise<MongoDBStore> {
  const [connection, later] = setting
  const store = newStore({
    connection: closedLater(connection),
    collection: uniqueName(),
    ...options,
  })
  await later?.()
  // Else the connection could end in the midst of it
  await store.ready()
  await store.set('a', sessionData({ user: 'ada', device: 'phone', tags: ['x', 'y'] }))
  await store.set('b', sessionData({ user: 'ada', device: 'laptop' }))
  await store.set('c', sessionData({ user: 'bob', device: 'phone' }))
  return store
}

async function idsOf(store: MongoDBStore, filter: unknown): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of store.sessions(filter as never)) ids.push(id)
  return ids.sort()
}

const UNTRUSTED: [object, string][] = [
  [{ 'session.device': { $in: ['phone', 'laptop'] } }, 'session.device'],
  [{ userId: 'ada', _id: { $ne: 'a' } }, '_id'],
  [{ $or: [{ userId: { $ne: null } }] }, 'userId'],
  [{ $and: [{ $nor: [{ $or: [{ 'session.device': { $ne: 'phone' } }] }] }] }, 'session.device'],
  [{ userId: { $eq: 'ada', $ne: null } }, 'userId'],
  [{ tags: { $elemMatch: { $ne: 'x' } } }, 'tags'],
]

const refusal = { code: 'ERR_MONGODB_STORE_FILTER' }

describe.each(Object.entries(VERSIONS))('with `sanitizeFilter` and %s', (_, host) => {
  const { trusted } = host
  const { 'for all of Mongoose': setting } = SETTINGS as { 'for all of Mongoose': Setting }

  it.each(Object.entries(SETTINGS))(
    'set %s, what is not trusted is refused, and nothing is removed or told',
    async (_name, set) => {
      const store = await filled(set(host))
      for (const [filter] of UNTRUSTED) {
        await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
        await expect(idsOf(store, filter)).rejects.toMatchObject(refusal)
      }
      expect(await store.length()).toBe(3)
      const others = { userId: 'ada', _id: trusted({ $ne: 'a' }) }
      expect(await idsOf(store, others)).toEqual(['b'])
      expect(await store.destroyMany(others as never)).toBe(1)
    },
  )

  it.each(UNTRUSTED)('%j is refused by an error that says what to write', async (filter, path) => {
    const words = `operator at \`${path}\` into a value: wrap it in \`mongoose.trusted(`
    const store = await filled(setting(host))
    const given = structuredClone(filter)
    await expect(store.destroyMany(filter as never)).rejects.toThrow(words)
    await expect(idsOf(store, filter)).rejects.toThrow(words)
    expect(filter).toEqual(given)
  })

  it.each<[string, object, string[]]>([
    ['an operator', { 'session.device': trusted({ $in: ['laptop', 'tv'] }) }, ['b']],
    ['one below $or', { $or: [{ userId: trusted({ $ne: 'ada' }) }, { _id: 'a' }] }, ['a', 'c']],
    ['one far below', { $and: [{ $nor: [{ userId: trusted({ $ne: 'ada' }) }] }] }, ['a', 'b']],
    ['an operator of lists', { tags: trusted({ $all: ['x', 'y'] }) }, ['a']],
    ['`$not`', { userId: trusted({ $not: /^a/ }) }, ['c']],
  ])('%s that is trusted is what it says', async (_name, filter, ids) => {
    const store = await filled(setting(host))
    expect(await idsOf(store, filter)).toEqual(ids)
    expect(await store.destroyMany(filter as never)).toBe(ids.length)
    expect(await store.length()).toBe(3 - ids.length)
  })

  it.each<[string, object, string[]]>([
    ['a value', { userId: 'ada', 'session.device': 'phone' }, ['a']],
    ['a value below $or', { $or: [{ userId: 'bob' }, { _id: 'a' }] }, ['a', 'c']],
    ['`$eq`', { userId: { $eq: 'bob' } }, ['c']],
    ['an expression', { userId: /^b/ }, ['c']],
    ['a list, of a field that holds some', { tags: ['x', 'y'] }, ['a']],
    ['a list by `$eq`', { 'session.tags': { $eq: ['x', 'y'] } }, ['a']],
  ])('%s needs no trust', async (_name, filter, ids) => {
    const store = await filled(setting(host))
    expect(await idsOf(store, filter)).toEqual(ids)
    expect(await store.destroyMany(filter as never)).toBe(ids.length)
  })

  it('what is trusted as a whole is not, as in queries of Mongoose', async () => {
    const store = await filled(setting(host))
    const filter = () => trusted({ userId: { $ne: 'ada' } })
    await expect(store.destroyMany(filter() as never)).rejects.toMatchObject(refusal)
    expect(await store.model.find(filter() as never).catch((error) => error.name)).toBe('CastError')
  })

  it('what another copy of Mongoose trusts is not', async () => {
    const store = await filled(setting(host))
    const [other] = Object.values(VERSIONS).filter((each) => each !== host) as [Host]
    const filter = { userId: other.trusted({ $ne: 'ada' }) }
    await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
  })

  it('an error repeats nothing that a stranger has made up', async () => {
    const store = await filled(setting(host))
    const filter = { userId: { '$<script> secret': 'secret' } }
    const error = await store.destroyMany(filter as never).catch((reason) => reason)
    expect(error).toMatchObject(refusal)
    expect(error.message).not.toMatch(/secret/)
  })

  it('what the connection turns off is off', async () => {
    const own = new host.Mongoose({ sanitizeFilter: true })
    const store = await filled([own.createConnection(uri, { sanitizeFilter: false })])
    expect(await store.destroyMany({ userId: { $ne: 'ada' } } as never)).toBe(1)
    expect(await idsOf(store, { _id: { $in: ['a', 'c'] } })).toEqual(['a'])
  })

  it('that a plugin sets for each query, `destroyMany` refuses as well', async () => {
    const own = new host.Mongoose()
    own.plugin((schema) => {
      schema.pre(/./, function (this: unknown) {
        if (this instanceof own.Query) this.setOptions({ sanitizeFilter: true })
      })
    })
    const store = await filled([own.createConnection(uri)])
    for (const filter of [{ userId: { $ne: 'bob' } }, { 'session.device': { $ne: 'phone' } }]) {
      await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
    }
    expect(await store.length()).toBe(3)
    expect(await store.destroyMany({ userId: trusted({ $ne: 'bob' }) } as never)).toBe(2)
  })

  it.each(['find', 'findOne', 'updateOne', 'deleteOne', 'deleteMany', 'countDocuments'])(
    'that a hook of %s alone sets changes no operation',
    async (query) => {
      const connection = closedLater(new host.Mongoose().createConnection(uri))
      const schema = new host.Schema({ _id: String, session: {}, expires: Date })
      schema.pre(query as 'find', function (this: { setOptions(options: object): void }) {
        this.setOptions({ sanitizeFilter: true })
      })
      const model = connection.model('Visit', schema, uniqueName()) as never
      const store = newStore({ model, autoRemove: 'interval', removeInterval: 5 })
      await store.collection.insertOne({ _id: 'old', expires: new Date(1) } as never)
      await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionData())))
      await store.touch('a', sessionData({}, 90_000))
      expect(await Promise.all(['a', 'b'].map((sid) => store.get(sid)))).not.toContain(null)
      expect([await store.length(), (await store.all()).length]).toEqual([2, 2])
      while ((await store.collection.countDocuments()) > 2) await new Promise(setImmediate)
      await store.clear()
      expect(await store.length()).toBe(0)
    },
    10_000,
  )

  it('every other operation does what it does, also through the hooks of a model', async () => {
    const own = new host.Mongoose({ sanitizeFilter: true })
    const connection = closedLater(own.createConnection(uri))
    const { Schema } = own
    const schema = new Schema({ _id: String, session: {}, expires: Date }, { timestamps: true })
    for (const store of [
      newStore({ connection: connection as never }),
      newStore({ model: connection.model('Visit', schema, uniqueName()) as never }),
    ]) {
      await store.ready()
      await Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, sessionData({ views: 1 }))))
      const session = await store.get('a')
      await store.set('a', Object.assign(session as never, { views: 2 }) as never)
      await store.touch('b', sessionData({}, 90_000))
      await store.destroy('c')
      expect(await store.get('a')).toMatchObject({ views: 2 })
      expect([await store.length(), (await store.all()).length]).toEqual([2, 2])
      expect(await idsOf(store, {})).toEqual(['a', 'b'])
      await store.clear()
      expect(await store.length()).toBe(0)
    }
  })
})

it('a value that its field cannot have is a fault of the filter', async () => {
  const store = await filled([mongoose.createConnection(uri)])
  for (const filter of [{ userId: { a: 'secret' } }, { expires: 'secret' }]) {
    const [path] = Object.keys(filter)
    await expect(store.destroyMany(filter as never)).rejects.toMatchObject(refusal)
    const error = await idsOf(store, filter).catch((reason) => reason)
    expect(error).toMatchObject(refusal)
    expect(error.message).toContain(`\`${path}\``)
    expect(error.message).not.toContain('secret')
  }
})
