/** From connect-mongo to ours, where it has stored sessions encrypted or under other ids. */
import { closedLater, type MongoDBStore, uri } from '../support/server'
import { moved, newStore, steps } from './from-connect-mongo'
import { open } from './shop'

describe('sessions that connect-mongo has encrypted', () => {
  const { createWebCryptoAdapter } = require('connect-mongo')
  const secret = 'squirrel'
  const encryptions: [string, object][] = [
    ['crypto', { crypto: { secret } }],
    ['cryptoAdapter', { cryptoAdapter: createWebCryptoAdapter({ secret, iterations: 1 }) }],
  ]

  it.each(encryptions)(
    'by %s are an error that says so, at each request',
    async (_name, options) => {
      const { visitor } = await moved(options)
      const { status, body } = await visitor.visit('/me')
      expect(status).toBe(500)
      const { code, message } = JSON.parse(body)
      expect(code).toBe('ERR_MONGODB_STORE_RECORD')
      expect(message).toMatch(/encrypted/)
    },
  )

  it.each(encryptions)(
    'by %s can be removed, and their users log in again',
    async (_name, options) => {
      const { visitor, store } = await moved(options)
      await store.clear()
      expect(await visitor.json('/me')).not.toHaveProperty('user')
      await visitor.json('/login/ann')
      expect(await visitor.json('/me')).toMatchObject({ user: 'ann' })
    },
  )

  const readable = encryptions.flatMap(([name, encryption]): [string, object, object][] => [
    [`by ${name}`, encryption, {}],
    [`by ${name}, with stringify: false`, encryption, { stringify: false }],
  ])
  it.each(readable)(
    '%s, are read with the help of connect-mongo',
    async (_name, encryption, more) => {
      const { collection, old } = await moved({ ...encryption, ...more })
      const place = { uri, collection }
      const store = closedLater(steps.readingTheirEncryption({ ...place, ...encryption }))
      const visitor = (await open(store as MongoDBStore)).welcome(old)
      expect(await visitor.json('/me')).toMatchObject({
        user: 'ann',
        cart: ['tea'],
        type: 'string',
      })
      await visitor.json('/buy/milk')
      expect(await visitor.json('/me')).toMatchObject({ cart: ['tea', 'milk'] })
      expect(await store.model.countDocuments({ session: { $type: 'string' } })).toBe(0)
      const later = (await open(newStore(place))).welcome(old)
      expect(await later.json('/me')).toMatchObject({ user: 'ann', cart: ['tea', 'milk'] })
      await later.json('/logout')
      expect(await visitor.json('/me')).not.toHaveProperty('user')
    },
  )

  it('are encrypted by ours when it has taken the place of the codec', async () => {
    const [[, encryption]] = encryptions as [[string, object]]
    const { collection, old } = await moved(encryption)
    const place = { uri, collection }
    const during = closedLater(steps.readingTheirEncryption({ ...place, ...encryption }))
    await (await open(during as MongoDBStore)).welcome(old).json('/buy/milk')
    const secrets = ['one of at least thirty-two characters']
    const ours = newStore({ ...place, encryption: { secrets, allowPlaintext: true } })
    const visitor = (await open(ours)).welcome(old)
    await visitor.json('/buy/eggs')
    expect(await visitor.json('/me')).toMatchObject({ cart: ['tea', 'milk', 'eggs'] })
    const { session } = (await ours.collection.findOne())!
    expect(session).toHaveProperty('_bsontype', 'Binary')
  })
})

describe('sessions under the ids of transformId', () => {
  const { createHash } = require('node:crypto')
  const transformId = (sid: string) => createHash('sha256').update(sid).digest('hex')

  it('are not found without the option', async () => {
    const { visitor } = await moved({ transformId })
    expect(await visitor.json('/me')).not.toHaveProperty('user')
  })

  it('are found with the same option', async () => {
    const { collection, old } = await moved({ transformId })
    const store: MongoDBStore = closedLater(
      steps.withTransformedIds({ uri, collection, transformId }),
    )
    const visitor = (await open(store)).welcome(old)
    expect(await visitor.json('/me')).toMatchObject({ user: 'ann', cart: ['tea'] })
    await visitor.json('/buy/milk')
    expect(await visitor.json('/me')).toMatchObject({ cart: ['tea', 'milk'] })
    expect(await store.model.findById(transformId(visitor.sid))).not.toBeNull()
    await visitor.json('/logout')
    expect(await store.length()).toBe(0)
  })
})
