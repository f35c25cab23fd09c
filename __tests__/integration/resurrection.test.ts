/** A session that was destroyed stays away, whatever is still under way. */
import { newStore, sessionData } from '../support/server'

const stored = async (options = {}) => {
  const store = newStore(options)
  await store.set('a', sessionData({ user: 'ann' }))
  return store
}

describe('a session that was destroyed after it was loaded', () => {
  it.each([['merge'], ['replace']] as const)('is not set again (%s)', async (writes) => {
    const store = await stored({ writes })
    const session = (await store.get('a'))!
    await store.destroy('a')
    Object.assign(session, { late: true })
    await store.set('a', session)
    expect(await store.get('a')).toBeNull()
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('is not touched', async () => {
    const store = await stored()
    const session = (await store.get('a'))!
    await store.destroy('a')
    await store.touch('a', session)
    expect(await store.collection.countDocuments()).toBe(0)
  })

  it('is set again by a session that did not come from the store', async () => {
    const store = await stored()
    await store.get('a')
    await store.destroy('a')
    await store.set('a', sessionData({ user: 'bob' }))
    expect(await store.get('a')).toMatchObject({ user: 'bob' })
  })

  it('is set under another sid, as a copy', async () => {
    const store = await stored()
    const session = (await store.get('a'))!
    await store.destroy('a')
    await store.set('b', session)
    expect(await store.get('b')).toMatchObject({ user: 'ann' })
  })
})

describe('a session that expired after it was loaded', () => {
  it('stays expired, whether or not the server has removed it yet', async () => {
    const store = await stored()
    const session = (await store.get('a'))!
    await store.model.updateOne({ _id: 'a' }, { expires: new Date(Date.now() - 1) })
    Object.assign(session, { late: true })
    await store.set('a', session)
    await store.touch('a', session)
    expect(await store.get('a')).toBeNull()
  })
})
