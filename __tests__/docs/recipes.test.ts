/** What the recipes of docs/recipes.md do, each run as it stands there. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import express, { type ErrorRequestHandler } from 'express'
import session from 'express-session'
import { end, streamsOf } from '../support/change-stream'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  sessionData,
  uniqueName,
} from '../support/server'
import { FORMS } from './support/older-sessions'
import {
  type Customer,
  DAY,
  newMongoose,
  newShop,
  recipes,
  type Shop,
  usersOf,
} from './support/shop'
import type * as Surroundings from './surroundings/shop'

const names = (customers: Customer[]) => Promise.all(customers.map((each) => each.name()))

/** The whole of a table: two devices of Ada's, and one of Bob's. */
async function threeOf(shop: Shop): Promise<[Customer, Customer, Customer]> {
  return [
    await shop.login('ada', 'phone'),
    await shop.login('ada', 'laptop'),
    await shop.login('bob'),
  ]
}

it('The store of these recipes: the user id is a field with an index', async () => {
  const { store, login } = await newShop()
  await login('ada')
  await store.ready()
  expect(await store.collection.findOne()).toMatchObject({ userId: 'ada', device: 'phone' })
  const keys = (await store.collection.indexes()).map(({ key }) => Object.keys(key).join())
  expect(keys).toEqual(expect.arrayContaining(['userId', 'expires']))
  await recipes.run('The store of these recipes', {}, 1) // which are types
})

describe('Sessions that are older than a field', () => {
  const heading = 'Sessions that are older than a field'

  describe.each(Object.entries(FORMS))('stored %s', (_form, { needs, options, open }) => {
    const itHere = (name: string, body: () => Promise<void>) =>
      needs ? itIfServerHas(needs, name, body) : it(name, body)

    for (const [cookie, maxAge] of Object.entries({ 'has a `maxAge`': 60_000, 'has none': null })) {
      itHere(`are found by it afterwards, with a cookie that ${cookie}`, async () => {
        const collection = uniqueName()
        const old = open(collection)
        await old.set('a', sessionData({ userId: 'ada', device: 'phone', expires: 'mine' }, maxAge))
        await old.set('b', sessionData({ userId: 'bob' }, maxAge))
        await old.set('nobody', sessionData({}, maxAge))
        await old.set('over', sessionData({ userId: 'ada' }, -1000))
        const mongoose = await newMongoose()
        const InThatForm = new Proxy(MongoDBStore, {
          construct: (target, [given]) => new target({ ...given, ...options, collection }),
        })
        const shop = await recipes.run('The store of these recipes', {
          ...{ app: express(), mongoose, session, DAY, secret: 'test', MongoDBStore: InThatForm },
        })
        const store = closedLater(shop.store as typeof Surroundings.store)
        const asItWas = await store.get('a')
        const record = await store.collection.findOne({ _id: 'a' as never })
        expect(asItWas).toMatchObject({ userId: 'ada', expires: 'mine' })
        expect(await store.model.find({ userId: 'ada' })).toEqual([])

        await recipes.run(heading, { store })
        expect(await store.collection.findOne({ _id: 'a' as never })).toEqual({
          ...record,
          userId: 'ada',
          device: 'phone',
        })
        expect(await store.get('a')).toEqual(asItWas)
        expect(await store.destroyMany({ userId: 'ada' })).toBe(1)
        expect(await store.length()).toBe(2)
      })
    }
  })
})

it('Log a user out everywhere: the user, and nobody else', async () => {
  const shop = await newShop()
  await recipes.run('Log a user out everywhere', shop)
  const all = await threeOf(shop)
  expect(await all[0].submit('/logout-everywhere')).toBe(200)
  expect(await names(all)).toEqual([undefined, undefined, 'bob'])
  expect(await shop.store.length()).toBe(1)
})

it('Log a user out everywhere: where nobody is logged in, it is refused', async () => {
  const shop = await newShop()
  await recipes.run('Log a user out everywhere', shop)
  shop.app.use(
    ((error, _req, res, _next) => void res.status(500).json(error)) as ErrorRequestHandler,
  )
  const all = await threeOf(shop)
  expect(await (await shop.visitor()).submit('/logout-everywhere')).toBe(500)
  expect(await names(all)).toEqual(['ada', 'ada', 'bob'])
})

it('Log a user out everywhere else: but here', async () => {
  const shop = await newShop()
  await recipes.run('Log a user out everywhere else', shop)
  const all = await threeOf(shop)
  expect(await all[1].submit('/logout-others')).toBe(302)
  expect(await names(all)).toEqual([undefined, 'ada', 'bob'])
})

it('With `sanitizeFilter`: everywhere else, for what the app trusts and nothing else', async () => {
  const shop = await newShop({ sanitizeFilter: true })
  await recipes.run('Log a user out everywhere else', shop)
  shop.app.use(
    ((error, _req, res, _next) => void res.status(500).json(error)) as ErrorRequestHandler,
  )
  const all = await threeOf(shop)
  expect(await all[1].submit('/logout-others')).toBe(500)
  expect(await names(all)).toEqual(['ada', 'ada', 'bob'])

  const trusting = await newShop({ sanitizeFilter: true })
  await recipes.run('With `sanitizeFilter`', trusting)
  const others = await threeOf(trusting)
  expect(await others[1].submit('/logout-others')).toBe(302)
  expect(await names(others)).toEqual([undefined, 'ada', 'bob'])
})

it('When the password changes: every session is over, and this device has another one', async () => {
  const shop = await newShop()
  const changed: unknown[] = []
  const changePassword = async (...args: unknown[]) => void changed.push(args)
  await recipes.run('When the password changes', { ...shop, changePassword })
  const all = await threeOf(shop)
  const thief = (await shop.visitor()) as Customer
  thief.cookie = all[0].cookie
  expect(await all[0].submit('/password', { password: 'new' })).toBe(302)
  expect(changed).toEqual([['ada', 'new']])
  expect(await names([thief, ...all])).toEqual([undefined, 'ada', undefined, 'bob'])
})

it('When the password changes: the device keeps its name, and its month', async () => {
  const shop = await newShop()
  await recipes.run('Remember me', { ...shop, logIn, DAY })
  shop.app.post('/device', (req, res) => {
    Object.assign(req.session, { device: 'phone', deviceId: 'phone of ada' })
    res.json({})
  })
  await recipes.run('When the password changes', { ...shop, changePassword: async () => {} })
  const ada = await shop.visitor()
  await ada.submit('/login', { name: 'ada', remember: true })
  await ada.submit('/device')
  await ada.submit('/password', { password: 'new' })
  const { cookie, ...session } = await ada.json('/')
  expect(session).toEqual({ userId: 'ada', device: 'phone', deviceId: 'phone of ada' })
  // express-session's touch takes off the milliseconds that have passed
  const { originalMaxAge } = cookie as { originalMaxAge: number }
  expect(Math.round(originalMaxAge / DAY)).toBe(30)
})

describe('No session lives for ever', () => {
  const heading = 'No session lives for ever'
  afterEach(() => jest.restoreAllMocks())

  it('one that is used all the time ends a month after the login', async () => {
    const shop = await newShop()
    await recipes.run(heading, { ...shop, DAY })
    shop.app.get('/who', (req, res) => void res.json({ userId: req.session.userId }))
    const ada = await shop.login('ada')
    const now = Date.now()
    for (const [days, userId] of [
      [0, 'ada'],
      [6, 'ada'],
      [12, 'ada'],
      [18, 'ada'],
      [24, 'ada'],
      [29, 'ada'],
      [31, undefined],
    ]) {
      // The app's clock alone: the store's is the server's
      jest.spyOn(Date, 'now').mockReturnValue(now + (days as number) * DAY)
      const written = Promise.race(['touch', 'update'].map((event) => once(shop.store, event)))
      expect([days, (await ada.json('/who')).userId]).toEqual([days, userId])
      if (userId) await written // the response does not wait for a touch
    }
  })

  it('a visitor without a session gets none by it', async () => {
    const shop = await newShop()
    await recipes.run(heading, { ...shop, DAY })
    await (await shop.visitor()).visit('/')
    expect(await shop.store.length()).toBe(0)
  })

  it('the old ones are found by a field', async () => {
    const { mongoose } = await newShop()
    const InItsOwn = new Proxy(MongoDBStore, {
      construct(target, [options]) {
        const store = closedLater(new target({ ...options, collection: uniqueName() }))
        filling = Promise.all(
          [1, 29, 31].map((days) =>
            store.set(`${days} days`, sessionData({ startedAt: Date.now() - days * DAY })),
          ),
        )
        return store
      },
    })
    let filling: Promise<unknown> = Promise.resolve()
    const { ended, store } = await recipes.run(
      heading,
      { mongoose, MongoDBStore: InItsOwn, DAY },
      1,
    )
    await filling
    expect(ended).toBe(1)
    expect(await (store as MongoDBStore).length()).toBe(2)
  })
})

describe('When a session ends', () => {
  const heading = 'When a session ends'
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('a cache drops it, and a log tells of it', async () => {
    const shop = await newShop()
    const streams = streamsOf(shop.store.model)
    const cache = new Map([
      ['a', 1],
      ['b', 2],
    ]) as Map<string, unknown>
    const entries: unknown[] = []
    await recipes.run(heading, {
      ...shop,
      cache,
      audit: { info: (entry) => void entries.push(entry) },
    })
    await turn()
    streams[0]!.give(end('a'))
    await turn()
    expect([...cache.keys()]).toEqual(['b'])
    expect(entries).toEqual([{ event: 'session ended', id: 'a' }])
  })

  it('its Server-Sent Events end, and no others', async () => {
    const shop = await newShop()
    const streams = streamsOf(shop.store.model)
    await recipes.run(heading, shop, 1)
    const [ada, bob] = [await shop.login('ada'), await shop.login('bob')]
    const controller = new AbortController()
    const open = ({ address, cookie }: Customer) =>
      fetch(`${address}/events`, { headers: { cookie: cookie! }, signal: controller.signal })
    const [ofAda, ofBob] = await Promise.all([open(ada), open(bob)])
    // Another process ends the session
    await shop.store.model.deleteOne({ _id: ada.sid as never })
    streams[0]!.give(end(ada.sid))
    expect(await ofAda.text()).toBe('event: hello\n\n')
    const reader = ofBob.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('event: hello\n\n')
    const more = reader.read().then(
      () => 'ended',
      () => 'aborted',
    )
    controller.abort()
    expect(await more).toBe('aborted')
  })
})

it('Session ids that are not in the database: a hash is', async () => {
  const shop = await newShop()
  const { store } = await recipes.run('Session ids that are not in the database', {
    ...{ mongoose: shop.mongoose, MongoDBStore },
  })
  const hashing = store as MongoDBStore
  await hashing.set('the id of a cookie', sessionData({ views: 1 }))
  expect(await hashing.get('the id of a cookie')).toMatchObject({ views: 1 })
  const hash = createHash('sha256').update('the id of a cookie').digest('hex')
  expect(await hashing.collection.findOne({ _id: hash as never })).toMatchObject({
    session: { views: 1 },
  })
  await hashing.destroy('the id of a cookie')
  await hashing.close()
})

it('Testing an app: the test of the recipe passes, and closes all that it has opened', async () => {
  const mongoose = await newMongoose()
  const tests: (() => Promise<void>)[] = []
  const ends: (() => Promise<void>)[] = []
  const { store } = await recipes.run('Testing an app', {
    ...{ app: express(), mongoose, session, MongoDBStore, expect },
    test: (_name, run) => void tests.push(run),
    afterAll: (run) => void ends.push(run),
  })
  for (const run of [...tests, ...ends]) await run()
  expect(tests).toHaveLength(1)
  expect(mongoose.connection.readyState).toBe(0)
  await expect((store as MongoDBStore).get('a')).rejects.toMatchObject({
    code: 'ERR_MONGODB_STORE_CLOSED',
  })
})

describe('When the role changes', () => {
  const changed: unknown[] = []
  const changeRole = async (...args: unknown[]) => void changed.push(args)
  beforeEach(() => void changed.splice(0))

  it('the user has to log in again', async () => {
    const shop = await newShop()
    await recipes.run('When the role changes', { ...shop, changeRole })
    const all = await threeOf(shop)
    expect(await all[2].submit('/users/ada/role', { role: 'admin' })).toBe(302)
    expect(changed).toEqual([['ada', 'admin']])
    expect(await names(all)).toEqual([undefined, undefined, 'bob'])
  })

  it('or the sessions are changed, also under a request that is still running', async () => {
    const shop = await newShop()
    await recipes.run('When the role changes', { ...shop, changeRole }, 1)
    let goOn = () => {}
    const waits = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let hasArrived = () => {}
    const arrived = new Promise<void>((resolve) => {
      hasArrived = resolve
    })
    shop.app.get('/slow', async (req, res) => {
      hasArrived()
      await waits
      req.session.device = 'renamed'
      res.json({})
    })
    const all = await threeOf(shop)
    const slow = all[0].visit('/slow')
    await arrived
    expect(await all[2].submit('/users/ada/role', { role: 'admin' })).toBe(302)
    goOn()
    await slow
    expect(changed).toEqual([['ada', 'admin']])
    expect(await all[0].json('/')).toMatchObject({ role: 'admin', device: 'renamed' })
    expect(await all[1].json('/')).toMatchObject({ role: 'admin', device: 'laptop' })
    expect(await all[2].json('/')).not.toHaveProperty('role')
  })
})

it("A user's devices: with what may be shown of them, and one of them ended", async () => {
  const shop = await newShop()
  await recipes.run("A user's devices", shop)
  await recipes.run('End the session of one device', shop)
  const all = await threeOf(shop)
  const { body } = await all[0].visit('/devices')
  const devices = JSON.parse(body) as Record<string, unknown>[]
  devices.sort((a, b) => String(b.device).localeCompare(String(a.device)))
  expect(devices).toEqual([
    { deviceId: 'phone of ada', device: 'phone', until: expect.any(String), isThisOne: true },
    { deviceId: 'laptop of ada', device: 'laptop', until: expect.any(String), isThisOne: false },
  ])
  for (const { sid } of all) expect(body).not.toContain(sid)

  await all[0].submit('/devices/laptop of ada/end')
  await all[0].submit('/devices/phone of bob/end')
  expect(await names(all)).toEqual(['ada', undefined, 'bob'])
})

const logIn = async ({ name }: { name: string }) => name

it('One session per user: the last login stays', async () => {
  const shop = await newShop()
  const { newSession } = await recipes.run('One session per user', { ...shop, logIn })
  expect(newSession).toBeInstanceOf(Function)
  const all = [await shop.visitor(), await shop.visitor(), await shop.visitor()]
  for (const [i, name] of ['ada', 'bob', 'ada'].entries()) await all[i]?.submit('/login', { name })
  expect(await names(all)).toEqual([undefined, 'bob', 'ada'])
})

it('Remember me: a month, or as long as the browser is open, and no longer than a session of the shop', async () => {
  const shop = await newShop()
  await recipes.run('Remember me', { ...shop, logIn, DAY })
  const [ada, bob] = [await shop.visitor(), await shop.visitor()]
  await ada.submit('/login', { name: 'ada', remember: true })
  await bob.submit('/login', { name: 'bob', remember: false })
  const daysOf = async (userId: string) => {
    const record = await shop.store.model.findOne({ userId: userId as never })
    return Math.round((Number(record?.expires) - Date.now()) / DAY)
  }
  expect([await daysOf('ada'), await daysOf('bob')]).toEqual([30, 7])
  expect((await ada.visit('/')).setCookie).toMatch(/Expires=/)
  expect((await bob.visit('/')).setCookie).not.toMatch(/Expires=/)
  expect(await names([ada, bob])).toEqual(['ada', 'bob'])
})

describe('Who is online', () => {
  it('tells of sessions and of users, and of none that has expired', async () => {
    const shop = await newShop()
    await threeOf(shop)
    await shop.store.set('over', sessionData({ userId: 'eve' }, -1000))
    const { sessions, users } = await recipes.run('Who is online', shop)
    expect(sessions).toBe(3)
    expect((users as string[]).sort()).toEqual(['ada', 'bob'])
  })

  it('tells of the last five minutes', async () => {
    const shop = await newShop()
    const MINUTE = 60_000
    const lastSeen = (userId: string, minutesAgo: number) =>
      shop.store.set(userId, sessionData({ userId }, 7 * DAY - minutesAgo * MINUTE))
    await Promise.all([lastSeen('ada', 1), lastSeen('bob', 4), lastSeen('eve', 6)])
    await shop.store.set('nobody', sessionData({}, 7 * DAY))
    const given = { ...shop, maxAge: 7 * DAY }
    expect((await recipes.run('Who is online', given, 1)).online).toBe(2)
  })
})

it('Sessions with their users: by the reference in the schema', async () => {
  const shop = await newShop()
  const [ada, bob] = await usersOf(shop, ['Ada', 'Bob'])
  await shop.login(String(ada?._id))
  await shop.login(String(bob?._id))
  await shop.store.set('nobody', sessionData())
  const { names } = await recipes.run('Sessions with their users', shop)
  expect((names as string[]).sort()).toEqual(['Ada', 'Bob', undefined])
})

it('Every session, by a cursor: a line for each', async () => {
  const shop = await newShop()
  await recipes.run('Every session, by a cursor', shop)
  const [admin] = await threeOf(shop)
  const { body } = await admin.visit('/admin/sessions')
  const lines = body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ userId, device }) => `${userId} ${device}`).sort()).toEqual([
    'ada laptop',
    'ada phone',
    'bob phone',
  ])
})

it('Every session, by a cursor: which ends early when the browser has had enough', async () => {
  const shop = await newShop()
  let read = 0
  let hasEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    hasEnded = resolve
  })
  async function* sessions() {
    try {
      for await (const each of shop.store.sessions()) {
        read++
        yield each
      }
    } finally {
      hasEnded()
    }
  }
  await recipes.run('Every session, by a cursor', { ...shop, store: { sessions } as never })
  const { address } = await shop.visitor()
  // More than the sockets on the way hold by themselves
  const data = { userId: 'ada', device: 'x'.repeat(500_000) }
  const sids = Array.from({ length: 40 }, (_, i) => `sid${i}`)
  await Promise.all(sids.map((sid) => shop.store.set(sid, sessionData(data))))
  const browser = new AbortController()
  const response = await fetch(`${address}/admin/sessions`, { signal: browser.signal })
  await response.body?.getReader().read()
  browser.abort()
  await ended
  expect(read).toBeLessThan(sids.length)
})

it('A worker that knows of sessions: what the app stores, the worker finds', async () => {
  const heading = 'A worker that knows of sessions'
  const [ofTheApp, ofTheWorker] = [await newMongoose(), await newMongoose()]
  await ofTheWorker.disconnect() // it opens its own connection
  const collection = uniqueName()
  type Shared = { Session: typeof Surroundings.Session }
  const [app, worker] = await Promise.all(
    [ofTheApp, ofTheWorker].map(async (mongoose) => {
      mongoose.plugin((schema) => void schema.set('collection', collection))
      return (await recipes.run(heading, { mongoose })) as unknown as Shared
    }),
  )
  const { store } = await recipes.run(heading, { ...app, MongoDBStore }, 1)
  const stored = store as typeof Surroundings.store
  await stored.set('soon', sessionData({ userId: 'ada', cart: {} }, DAY / 2))
  await stored.set('later', sessionData({ userId: 'bob' }, 2 * DAY))
  await stored.set('over', sessionData({ userId: 'eve' }, -1000))
  expect(await stored.get('soon')).toMatchObject({ cart: {} })

  const reminded: string[] = []
  const sendReminder = async (userId: string) => void reminded.push(userId)
  await recipes.run(heading, { ...worker, mongoose: ofTheWorker, DAY, sendReminder }, 2)
  expect(reminded).toEqual(['ada'])
  await stored.close()
})

it('Removal by a job of your own: what has expired goes, and the store itself removes nothing', async () => {
  const mongoose = await newMongoose()
  const made = await recipes.run('Removal by a job of your own', { mongoose, MongoDBStore })
  const store = made.store as typeof Surroundings.store
  expect(store.options.autoRemove).toBe('disabled')
  await store.ready()
  await store.clear()
  const clear = jest.spyOn(store, 'clear')
  await store.set('over', sessionData({}, -1000))
  await store.set('live', sessionData())
  expect(await store.collection.countDocuments()).toBe(2)
  const { deletedCount } = await recipes.run('Removal by a job of your own', { store }, 1)
  expect(deletedCount).toBe(1)
  expect(await store.collection.distinct('_id')).toEqual(['live'])
  expect(clear).not.toHaveBeenCalled()
  await store.close()
})

it('every recipe is run', () => {
  expect(recipes.notRun()).toEqual([])
})
