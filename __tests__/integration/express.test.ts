/** Sessions of a real Express app, with real cookies over HTTP. */
import { expressVersions, newApp } from '../support/app'
import { newStore } from '../support/server'

describe.each(Object.entries(expressVersions))('with %s', (_name, express) => {
  const start = async (options = {}, storeOptions = {}) => {
    const store = newStore(storeOptions)
    const app = await newApp(store, options, express)
    return { store, ...app, visitor: app.newVisitor() }
  }

  it('a visitor is remembered from one request to the next', async () => {
    const { visitor } = await start()
    expect(await visitor.json('/count')).toMatchObject({ views: 1 })
    expect(await visitor.json('/count')).toMatchObject({ views: 2 })
    expect(await visitor.json('/look')).toMatchObject({ views: 2 })
  })

  it('visitors do not see each other', async () => {
    const { visitor, newVisitor } = await start()
    await visitor.json('/count')
    expect(await newVisitor().json('/count')).toMatchObject({ views: 1 })
  })

  it('a visitor without data has no record', async () => {
    const { store, visitor } = await start()
    await visitor.visit('/look')
    expect(await store.length()).toBe(0)
  })

  it('login gives the visitor a new sid, and ends the old one', async () => {
    const { store, visitor } = await start()
    await visitor.json('/count')
    const before = visitor.sid
    await visitor.json('/login/ann')
    expect(visitor.sid).not.toBe(before)
    expect(await store.get(before)).toBeNull()
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann' })
  })

  it.each(['/logout', '/logout-without-callback'])('%s ends the session', async (path) => {
    const { store, visitor } = await start()
    await visitor.json('/login/ann')
    await visitor.json(path)
    expect(await store.get(visitor.sid)).toBeNull()
    expect(await visitor.json('/look')).not.toHaveProperty('user')
  })

  it('a logout during a slow request stays a logout', async () => {
    const { store, visitor, gate } = await start({ resave: true, rolling: true })
    await visitor.json('/login/ann')
    const tab = visitor.copy()
    const slow = tab.json('/slow/set/late/yes')
    await gate.arrival()
    await visitor.json('/logout')
    gate.open()
    await slow
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('two requests at once both keep their changes', async () => {
    const { visitor, gate } = await start()
    await visitor.json('/login/ann')
    const slow = visitor.copy().json('/slow/set/one/1')
    await gate.arrival()
    await visitor.json('/set/two/2')
    gate.open()
    await slow
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann', one: '1', two: '2' })
  })

  it('a key that was deleted stays deleted while another request adds one', async () => {
    const { visitor, gate } = await start()
    await visitor.json('/set/flash/hello')
    const slow = visitor.copy().json('/slow/set/one/1')
    await gate.arrival()
    await visitor.json('/delete/flash')
    gate.open()
    await slow
    const session = await visitor.json('/look')
    expect(session).toMatchObject({ one: '1' })
    expect(session).not.toHaveProperty('flash')
  })

  it('reload brings back what is stored, and goes on merging', async () => {
    const { store, visitor } = await start()
    await visitor.json('/count')
    expect(await visitor.json('/reload')).toMatchObject({ views: 1 })
    expect(await store.get(visitor.sid)).toMatchObject({ views: 1 })
  })

  it('an active visitor stays logged in beyond maxAge, and an idle one does not', async () => {
    const { store, visitor } = await start(
      { rolling: true, cookie: { maxAge: 60_000 } },
      { awaitTouch: true },
    )
    await visitor.json('/login/ann')
    const almostOver = new Date(Date.now() + 1000)
    await store.model.updateOne({ _id: visitor.sid }, { expires: almostOver })
    await visitor.json('/look')
    const { expires } = (await store.model.findById(visitor.sid).lean())!
    expect(Number(expires)).toBeGreaterThan(Date.now() + 50_000)

    await store.model.updateOne({ _id: visitor.sid }, { expires: new Date(Date.now() - 1) })
    expect(await visitor.json('/look')).not.toHaveProperty('user')
  })

  it('"remember me" outlives the request that set it', async () => {
    const { visitor } = await start({ cookie: { maxAge: 60_000 } })
    await visitor.json('/login/ann')
    await visitor.json('/max-age/3600000')
    const { cookie } = (await visitor.json('/look')) as { cookie: { originalMaxAge: number } }
    // A little less where the clock ticks while express-session sets it
    expect(Math.ceil(cookie.originalMaxAge / 1000)).toBe(3600)
  })

  it('a touch within touchAfter is not written', async () => {
    const { store, visitor } = await start(
      { rolling: true, cookie: { maxAge: 60_000 } },
      { touchAfter: 30_000, awaitTouch: true, connectionOptions: { monitorCommands: true } },
    )
    await store.ready() // its indexes are commands as well
    await visitor.json('/login/ann')
    const commands: string[] = []
    store.client!.on('commandStarted', ({ commandName }) => commands.push(commandName))
    await visitor.json('/look')
    expect(commands).toEqual(['find'])
    // What express-session makes of 60 000 where the clock ticks while it sets it
    await visitor.json('/max-age/59999')
    expect(commands).toEqual(['find', 'find'])

    await store.model.updateOne({ _id: visitor.sid }, { expires: new Date(Date.now() + 20_000) })
    commands.length = 0
    await visitor.json('/look')
    expect(commands).toEqual(['find', 'update'])
  })

  it('a store that is closed gives the visitor an error that says so', async () => {
    const { store, visitor } = await start()
    await visitor.json('/count')
    await store.close()
    const { status, body } = await visitor.visit('/look')
    expect(status).toBe(500)
    expect(JSON.parse(body)).toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  })
})
