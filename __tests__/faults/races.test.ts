/** Requests of one visitor that overlap, over HTTP: what is left of each. */
import type { SessionOptions } from 'express-session'
import { newApp } from '../support/app'
import { newStore, type Options } from '../support/server'

const merging: [string, Options][] = [
  ['batched', {}],
  ['not batched', { batch: false }],
]
const every: [string, Options][] = [...merging, ['writing whole sessions', { writes: 'replace' }]]

const COOKIE = { cookie: { maxAge: 60_000 } }

/** A visitor who is logged in, and whose cookie has an end: every request moves it. */
async function start(options: Options, sessionOptions: Partial<SessionOptions> = COOKIE) {
  const store = newStore(options)
  const { gate, newVisitor } = await newApp(store, sessionOptions)
  const visitor = newVisitor()
  await visitor.json('/login/ann')
  /** Requests from other tabs that have loaded the session, and end together at the returned call. */
  const slow = async (...paths: string[]) => {
    const tabs = paths.map(() => visitor.copy())
    const answers = Promise.all(paths.map((path, i) => tabs[i]!.json(path)))
    await gate.arrival(paths.length)
    return async () => {
      gate.open()
      await answers
      return tabs
    }
  }
  return { store, visitor, newVisitor, slow }
}

const ten = Array.from({ length: 10 }, (_, i) => `/slow/set/key${i}/${i}`)
const keysOf = (session: object) => Object.keys(session).filter((key) => key.startsWith('key'))

describe.each(merging)('%s, requests at once', (_name, options) => {
  it('that change different keys are all kept', async () => {
    const { visitor, slow } = await start(options)
    await (await slow(...ten))()
    const session = await visitor.json('/look')
    expect(session.user).toBe('ann')
    expect(keysOf(session)).toHaveLength(10)
  })

  it('of which one deletes a key and another adds one both happen', async () => {
    const { visitor, slow } = await start(options)
    await visitor.json('/set/flash/hello')
    await (await slow('/slow/delete/flash', '/slow/set/step/2'))()
    const session = await visitor.json('/look')
    expect(session).toMatchObject({ user: 'ann', step: '2' })
    expect(session).not.toHaveProperty('flash')
  })

  it.each([
    ['changes nothing', '/slow/look'],
    ['changes a key', '/slow/set/step/2'],
  ])('of which one sets "remember me" and another %s keep "remember me"', async (_what, path) => {
    const { store, visitor, slow } = await start(options)
    const end = await slow(path)
    await visitor.json('/max-age/3600000')
    await end()
    const seen = (await visitor.json('/look')) as { cookie: { originalMaxAge: number } }
    // A little less where the clock ticks while express-session sets it
    expect(Math.ceil(seen.cookie.originalMaxAge / 1000)).toBe(3600)
    // The expiry was moved by whoever ended last, and is the visitor's own again from here on
    const { cookie } = (await store.get(visitor.sid))!
    expect(Number(cookie.expires) - Date.now()).toBeGreaterThan(3_500_000)
  })
})

describe('writing whole sessions, requests at once', () => {
  it('that change different keys end with the whole session of one of them', async () => {
    const { visitor, slow } = await start({ writes: 'replace' })
    await (await slow(...ten))()
    const session = await visitor.json('/look')
    expect(session.user).toBe('ann')
    expect(keysOf(session)).toHaveLength(1)
  })

  it('of which one deletes a key and another adds one end as one of them left it', async () => {
    const { visitor, slow } = await start({ writes: 'replace' })
    await visitor.json('/set/flash/hello')
    await (await slow('/slow/delete/flash', '/slow/set/step/2'))()
    const { cookie: _, ...data } = await visitor.json('/look')
    expect([{ user: 'ann' }, { user: 'ann', flash: 'hello', step: '2' }]).toContainEqual(data)
  })
})

describe.each(every)('%s, beside requests that', (_name, options) => {
  it('change the same key, the session keeps what one of them wrote', async () => {
    const { visitor, slow } = await start(options)
    await (await slow(...ten.map((_path, i) => `/slow/set/theme/${i}`)))()
    const { cookie: _, ...data } = await visitor.json('/look')
    expect(data).toEqual({ user: 'ann', theme: expect.stringMatching(/^\d$/) })
  })

  describe.each<[string, string, Partial<SessionOptions>]>([
    ['change a key', '/slow/set/late/yes', COOKIE],
    ['change nothing', '/slow/look', COOKIE],
    ['change nothing but are saved', '/slow/look', { ...COOKIE, resave: true }],
    ['send their cookie again', '/slow/look', { ...COOKIE, rolling: true }],
  ])('%s,', (_what, path, sessionOptions) => {
    it('a logout stays a logout, whatever cookie they answer with', async () => {
      const { store, visitor, slow } = await start(options, sessionOptions)
      const end = await slow(path, path)
      const { setCookie } = await visitor.visit('/logout')
      expect(setCookie).toBeUndefined()
      for (const tab of [visitor, ...(await end())]) {
        expect(await tab.json('/look')).not.toHaveProperty('user')
      }
      expect(await store.collection.countDocuments()).toBe(0)
    })

    it('a login ends the old session, and they do not disturb the new one', async () => {
      const { store, visitor, slow } = await start(options, sessionOptions)
      const old = visitor.sid
      const end = await slow(path, path)
      await visitor.json('/login/bob')
      const before = await store.get(visitor.sid)
      const tabs = await end()
      expect(await store.get(visitor.sid)).toEqual(before)
      expect(await visitor.json('/look')).toMatchObject({ user: 'bob' })
      expect(tabs.map(({ sid }) => sid)).toEqual([old, old])
      expect(await tabs[0]!.json('/look')).not.toHaveProperty('user')
      expect(await store.collection.countDocuments()).toBe(1)
    })

    it('clear logs everybody out, and whoever comes after it stays', async () => {
      const { store, visitor, newVisitor, slow } = await start(options, sessionOptions)
      const end = await slow(path, path)
      const newcomer = newVisitor()
      await store.clear()
      await newcomer.json('/login/bob')
      await end()
      expect(await visitor.json('/look')).not.toHaveProperty('user')
      expect(await newcomer.json('/look')).toMatchObject({ user: 'bob' })
      expect(await store.collection.countDocuments()).toBe(1)
    })

    it('a session that expires stays expired', async () => {
      const { store, visitor, slow } = await start(options, sessionOptions)
      const end = await slow(path, path)
      await store.model.updateOne({ _id: visitor.sid }, { expires: new Date() })
      await end()
      expect(await store.length()).toBe(0)
      expect(await visitor.json('/look')).not.toHaveProperty('user')
    })
  })

  it('log out as well, all are logged out, and none fails', async () => {
    const { store, visitor } = await start(options)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => visitor.copy().visit('/logout')),
    )
    for (const { status, body } of answers) expect([status, body]).toEqual([200, '{}'])
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('log in as well, each has a session of its own, and the old one has ended', async () => {
    const { store, visitor } = await start(options)
    const tabs = Array.from({ length: 10 }, () => visitor.copy())
    const sessions = await Promise.all(tabs.map((tab, i) => tab.json(`/login/user${i}`)))
    expect(sessions.map(({ user }) => user)).toEqual(tabs.map((_tab, i) => `user${i}`))
    expect(new Set(tabs.map(({ sid }) => sid)).size).toBe(10)
    expect(await store.get(visitor.sid)).toBeNull()
    expect(await store.length()).toBe(10)
  })
})
