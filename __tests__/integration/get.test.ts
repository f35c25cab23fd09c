/** `get`: for what it waits, and for what not. */
import { BATCHES, hold, inMs, letGo, load, start, turn } from '../support/held-back'
import { sessionData } from '../support/server'

describe.each(BATCHES)('%s', (_name, options) => {
  it('a get waits for no touch', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie.expires = inMs(500_000)
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    expect(await load(store)).toMatchObject({ views: 1 })
    await letGo(proxy)
    await touching
    expect((await load(store)).cookie.expires).toEqual(session.cookie.expires)
  })

  it('a get waits for a touch that writes other settings of the cookie', async () => {
    const { proxy, store } = await start(options)
    const session = await load(store)
    hold(proxy, 'update')
    session.cookie = { ...session.cookie, originalMaxAge: 500_000, expires: inMs(500_000) } as never
    const touching = store.touch('a', session as never)
    await proxy.received('update')
    const loading = load(store)
    await turn()
    await letGo(proxy)
    await touching
    const seen = await loading
    expect(seen.cookie).toEqual(session.cookie)
    // What was seen is what it starts from: nothing of the cookie is written again
    seen.views = 2
    await store.set('a', seen as never)
    expect(await load(store)).toEqual(seen)
  })

  it('a get waits for a set that is under way', async () => {
    const { proxy, store } = await start(options)
    hold(proxy, 'update')
    const setting = store.set('a', sessionData({ views: 2 }))
    await proxy.received('update')
    const getting = load(store)
    await turn()
    await letGo(proxy)
    await setting
    expect((await getting).views).toBe(2)
  })
})
