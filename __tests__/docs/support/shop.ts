/** The app of docs/recipes.md: users log in, and the recipe under test is added to it. */
import express, { type Express } from 'express'
import session from 'express-session'
import { type Connection, Mongoose, type MongooseOptions, Schema } from 'mongoose'
import { closedLater, uniqueName } from '../../support/server'
import { serve, Visitor } from '../../support/visitor'
import type * as Surroundings from '../surroundings/shop'
import { type Examples, examplesOf, pageUri } from './examples'

export const recipes: Examples<typeof Surroundings> = examplesOf('docs/recipes.md')
export const DAY = 24 * 60 * 60 * 1000

/** A visitor who fills in forms. */
export class Customer extends Visitor {
  /** As a form is; answers with the status. */
  async submit(path: string, body: object = {}): Promise<number> {
    const headers = { 'content-type': 'application/json', cookie: this.cookie ?? '' }
    const options = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(this.address + path, { ...options, redirect: 'manual' })
    const setCookie = response.headers.get('set-cookie')
    if (setCookie) this.cookie = setCookie.split(';')[0]
    return response.status
  }

  /** Who the app says that this is. */
  async name(): Promise<unknown> {
    return (await this.json('/')).userId
  }
}

/** A Mongoose of its own, as a process has it. */
export async function newMongoose(
  settings?: MongooseOptions,
): Promise<typeof Surroundings.mongoose> {
  const mongoose = new Mongoose(settings)
  await mongoose.connect(pageUri)
  closedLater({ close: () => mongoose.disconnect() })
  return mongoose as typeof Surroundings.mongoose
}

export interface Shop {
  readonly app: Express
  readonly store: typeof Surroundings.store
  readonly mongoose: typeof Surroundings.mongoose
  readonly connection: Connection
  /** A customer who is logged in, on a device. */
  login(userId: string, device?: string): Promise<Customer>
  visitor(): Promise<Customer>
}

/** The store as the recipes make it, and an app on it. */
export async function newShop(settings?: MongooseOptions): Promise<Shop> {
  const { MongoDBStore } = require('../../../src') as typeof import('../../../src')
  const mongoose = await newMongoose(settings)
  const app = express()
  app.use(express.json())
  const made: (typeof Surroundings.store)[] = []
  const inItsOwnCollection = new Proxy(MongoDBStore, {
    construct(target, [options]) {
      const store = Reflect.construct(target, [{ ...options, collection: uniqueName() }])
      made.push(closedLater(store as typeof Surroundings.store))
      return store
    },
  })
  await recipes.run('The store of these recipes', {
    ...{ app, mongoose, session, DAY, secret: 'test', MongoDBStore: inItsOwnCollection },
  })
  app.get('/', (req, res) => void res.json(req.session))
  app.get('/login/:userId/:device', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      const { userId, device } = req.params
      Object.assign(req.session, { userId, device, deviceId: `${device} of ${userId}` })
      res.json({})
    })
  })
  let address: Promise<string> | undefined
  // Not before the recipe has added its routes
  const visitor = async () => {
    address ??= serve(app).then((server) => closedLater(server).address)
    return new Customer(await address)
  }
  return {
    ...{ app, mongoose, connection: mongoose.connection, visitor },
    store: made[0] as typeof Surroundings.store,
    async login(userId, device = 'phone') {
      const customer = await visitor()
      await customer.visit(`/login/${userId}/${device}`)
      return customer
    },
  }
}

/** The model of the users, with so many of them. */
export async function usersOf({ connection }: Shop, names: readonly string[]) {
  const User = connection.model('User', new Schema({ name: String }), uniqueName('users'))
  return Promise.all(names.map((name) => User.create({ name })))
}
