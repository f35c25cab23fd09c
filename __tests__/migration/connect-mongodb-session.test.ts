/** From connect-mongodb-session to ours, and back: each step of docs/migration.md. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { Mongoose } from 'mongoose'
import {
  type ConnectMongoDBSession,
  connectMongoDBSessionClosedLater,
} from '../support/other-stores'
import { closedLater, type MongoDBStore, uniqueName, uri } from '../support/server'
import { ann, open } from './shop'

const steps = require('./steps/connect-mongodb-session')

const newPlace = (options = {}) => ({ uri, collection: uniqueName(), ...options })

const oldStore = (place: object): ConnectMongoDBSession =>
  connectMongoDBSessionClosedLater(steps.before(place))

const newStore = (place: object): MongoDBStore => closedLater(steps.after(place))

/** A collection as connect-mongodb-session leaves it, in each form that its options offer. */
const forms: [string, object][] = [
  ['as it is by default', {}],
  ['with idField and expiresKey', { idField: 'sid', expiresKey: 'endsAt' }],
  ['with expiresAfterSeconds', { expiresAfterSeconds: 60 }],
]

describe.each(forms)('a collection of connect-mongodb-session, %s', (_name, options) => {
  const moved = async () => {
    const place = newPlace(options)
    const before = await open(oldStore(place))
    const old = await ann(before)
    const store = newStore(place)
    const after = await open(store)
    return { before, after, store, old, visitor: after.welcome(old) }
  }

  it('keeps its users logged in, and their Dates are Dates', async () => {
    const { visitor, old } = await moved()
    const known = await old.json('/me')
    expect(known).toMatchObject({ user: 'ann', cart: ['tea'], type: 'Date' })
    expect(await visitor.json('/me')).toEqual(known)
  })

  it('is written to by ours, and a logout ends the session for both', async () => {
    const { visitor, old, store } = await moved()
    await visitor.json('/buy/milk')
    expect(await visitor.json('/me')).toMatchObject({ cart: ['tea', 'milk'], type: 'Date' })
    await visitor.json('/logout')
    expect(await store.collection.countDocuments()).toBe(0)
    expect(await old.json('/me')).not.toHaveProperty('user')
  })

  it('is as connect-mongodb-session needs it, if one goes back', async () => {
    const { before, after, visitor } = await moved()
    await visitor.json('/buy/milk')
    const cart = { user: 'ann', cart: ['tea', 'milk'], type: 'Date' }
    expect(await before.welcome(visitor).json('/me')).toMatchObject(cart)
    const newcomer = await ann(after)
    const returned = before.welcome(newcomer)
    expect(await returned.json('/me')).toMatchObject({ user: 'ann', cart: ['tea'], type: 'Date' })
    await returned.json('/logout')
    expect(await newcomer.json('/me')).not.toHaveProperty('user')
  })

  it('may be served by both during a rolling deploy', async () => {
    const { visitor, old } = await moved()
    await visitor.json('/buy/milk')
    await old.json('/buy/eggs')
    await visitor.json('/buy/salt')
    const cart = { user: 'ann', cart: ['tea', 'milk', 'eggs', 'salt'], type: 'Date' }
    expect(await old.json('/me')).toMatchObject(cart)
    expect(await visitor.json('/me')).toMatchObject(cart)
    await old.json('/logout')
    expect(await visitor.json('/me')).not.toHaveProperty('user')
  })

  it('has its index already, and ours has nothing to warn of', async () => {
    const place = newPlace(options)
    await oldStore(place).initialConnectionPromise
    const store = newStore(place)
    const warnings: unknown[] = []
    store.on('warning', (warning: unknown) => warnings.push(warning))
    await store.ready()
    await new Promise(setImmediate) // a warning comes in `nextTick`
    expect(warnings).toEqual([])
  })
})

it('the callback of an app that moves from connect-mongodb-session hears of the start', async () => {
  const heard = await new Promise((resolve) => closedLater(steps.after(newPlace(), resolve)))
  expect(heard).toBeUndefined()
})

it('users of an app in ES modules stay logged in, with one line changed', async () => {
  const place = newPlace()
  const { sid } = await ann(await open(oldStore(place)))
  const file = path.join(__dirname, 'steps/es-module.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [file, uri, place.collection, sid])
  expect(JSON.parse(stdout)).toMatchObject({ user: 'ann', cart: ['tea'] })
})

it('users of connect-mongodb-session stay logged in on the connection of the app', async () => {
  const place = newPlace()
  const visitor = await ann(await open(oldStore(place)))
  const mongoose = new Mongoose()
  await mongoose.connect(uri)
  closedLater({ close: () => mongoose.disconnect() })
  const store = closedLater(steps.onTheAppsConnection({ mongoose, collection: place.collection }))
  const moved = (await open(store as MongoDBStore)).welcome(visitor)
  expect(await moved.json('/me')).toMatchObject({ user: 'ann', cart: ['tea'] })
})
