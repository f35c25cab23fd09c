/** Encrypted sessions of a real Express app: rotation, and what became of the records meanwhile. */
import express from 'express'
import session from 'express-session'
import { newApp } from '../support/app'
import {
  closedLater,
  type MongoDBStore,
  newStoreWithoutIndexes,
  next,
  type Options,
  uniqueName,
  uri,
} from '../support/server'
import { serve, Visitor } from '../support/visitor'

const OLD = 'an old secret of more than 32 characters'
const NEW = 'a new secret of more than 32 characters'

/** An app that is started again and again on one collection, on one address for its visitors. */
async function restartable() {
  const collection = uniqueName()
  const start = async (encryption: Options['encryption']) => {
    const options = { uri, collection, awaitTouch: true, ...(encryption && { encryption }) }
    const store = newStoreWithoutIndexes(options)
    return { store, ...(await newApp(store)) }
  }
  /** The visitor of one start with the same cookie at the next. */
  const returning = (app: { newVisitor(): Visitor }, visitor: Visitor) => {
    const back = app.newVisitor()
    back.cookie = visitor.cookie
    return back
  }
  return { start, returning }
}

/** A visitor who has logged in, and the way to restart the app for them. */
async function loggedIn(encryption: Options['encryption']) {
  const { start, returning } = await restartable()
  const first = await start(encryption)
  const visitor = first.newVisitor()
  await visitor.json('/login/ann')
  const restarted = async (encryption: Options['encryption']) => {
    const app = await start(encryption)
    return { ...app, visitor: returning(app, visitor) }
  }
  return { ...first, visitor, restarted }
}

async function failure(visitor: Visitor): Promise<string> {
  const { status, body } = await visitor.visit('/look')
  return `${status} ${JSON.parse(body).code}`
}

const recordOf = async (store: MongoDBStore, visitor: Visitor) =>
  (await store.collection.findOne({ _id: visitor.sid as never })) as unknown as {
    session: { buffer: Buffer }
  }

describe('rotation', () => {
  it('leaves users logged in', async () => {
    const { restarted } = await loggedIn({ secrets: [OLD] })
    const { visitor } = await restarted({ secrets: [NEW, OLD] })
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann' })
  })

  it('needs the old secret no more for a user whose session has changed', async () => {
    const { restarted } = await loggedIn({ secrets: OLD })
    const during = await restarted({ secrets: [NEW, OLD] })
    await during.visitor.json('/count')
    const { visitor } = await restarted({ secrets: NEW })
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann' })
  })

  it('needs the old secret for a user who has only looked', async () => {
    const { restarted } = await loggedIn({ secrets: [OLD] })
    const during = await restarted({ secrets: [NEW, OLD] })
    await during.visitor.json('/look')
    const { visitor } = await restarted({ secrets: [NEW] })
    expect(await failure(visitor)).toBe('500 ERR_MONGODB_STORE_ENCRYPTION_SECRET')
  })

  it('process by process, in two steps, fails no request', async () => {
    const { restarted } = await loggedIn({ secrets: [OLD] })
    const steps = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]
    for (const [i, secrets] of steps.slice(1).entries()) {
      const [late, early] = [await restarted({ secrets: steps[i]! }), await restarted({ secrets })]
      for (const { visitor } of [early, late, early]) {
        expect(await visitor.json('/count')).toMatchObject({ user: 'ann' })
      }
    }
  })
})

describe('where sessions are stored unencrypted', () => {
  it('they are refused', async () => {
    const { restarted } = await loggedIn(undefined)
    const { visitor } = await restarted({ secrets: [NEW] })
    expect(await failure(visitor)).toBe('500 ERR_MONGODB_STORE_NOT_ENCRYPTED')
  })

  it('they are read if that is allowed, and encrypted when they are written', async () => {
    const { restarted } = await loggedIn(undefined)
    const during = await restarted({ secrets: [NEW], allowPlaintext: true })
    expect(await during.visitor.json('/count')).toMatchObject({ user: 'ann' })
    const { visitor } = await restarted({ secrets: [NEW] })
    expect(await visitor.json('/look')).toMatchObject({ user: 'ann' })
  })

  it('a process without the option says what it needs to read the encrypted ones', async () => {
    const { restarted } = await loggedIn({ secrets: [NEW] })
    const { visitor } = await restarted(undefined)
    const { status, body } = await visitor.visit('/look')
    expect([status, JSON.parse(body)]).toEqual([
      500,
      { code: 'ERR_MONGODB_STORE_RECORD', message: expect.stringContaining('`encryption`') },
    ])
  })
})

describe('a record that was meddled with', () => {
  it('is told where it is the session of another user', async () => {
    const { store, newVisitor, visitor } = await loggedIn({ secrets: [NEW] })
    const admin = newVisitor()
    await admin.json('/login/admin')
    const { session } = await recordOf(store, admin)
    await store.collection.updateOne({ _id: visitor.sid as never }, { $set: { session } })
    expect(await failure(visitor)).toBe('500 ERR_MONGODB_STORE_ENCRYPTION_TAMPERED')
    expect(await admin.json('/look')).toMatchObject({ user: 'admin' })
  })

  it('is told where one bit of it was changed', async () => {
    const { store, visitor } = await loggedIn({ secrets: [NEW] })
    const { session } = await recordOf(store, visitor)
    session.buffer[80]! ^= 1
    await store.collection.updateOne({ _id: visitor.sid as never }, { $set: { session } })
    expect(await failure(visitor)).toBe('500 ERR_MONGODB_STORE_ENCRYPTION_TAMPERED')
  })

  it('is told where it is a session that was made up', async () => {
    const { store, visitor } = await loggedIn({ secrets: [NEW] })
    const made = { cookie: {}, user: 'admin' }
    await store.collection.updateOne({ _id: visitor.sid as never }, { $set: { session: made } })
    expect(await failure(visitor)).toBe('500 ERR_MONGODB_STORE_NOT_ENCRYPTED')
  })
})

describe('after a secret was removed', () => {
  const CODE = 'ERR_MONGODB_STORE_ENCRYPTION_SECRET'

  it('the documented error handler gives the user a new session', async () => {
    const { visitor, restarted } = await loggedIn({ secrets: [OLD] })
    const { store } = await restarted({ secrets: [NEW] })
    const app = express()
    const settings = { secret: 'test', resave: false, saveUninitialized: false, store }
    app.use(session(settings))
    app.get('/look', (req, res) => void res.json({ user: req.session.user ?? 'nobody' }))
    app.use(((error, req, res, next) => {
      if (error.code !== CODE) return next(error)
      res.clearCookie('connect.sid').redirect(req.originalUrl)
    }) as express.ErrorRequestHandler)
    const { address } = closedLater(await serve(app))

    const headers = { cookie: visitor.cookie! }
    const answer = await fetch(`${address}/look`, { headers, redirect: 'manual' })
    expect(answer.headers.get('location')).toBe('/look')
    expect(answer.headers.get('set-cookie')).toMatch(/^connect\.sid=;.*Expires=Thu, 01 Jan 1970/)
    expect(await new Visitor(address).json('/look')).toEqual({ user: 'nobody' })
  })

  it('the documented removal leaves those that can be read', async () => {
    const { restarted } = await loggedIn({ secrets: [OLD] })
    const { store, visitor, newVisitor } = await restarted({ secrets: [NEW] })
    const other = newVisitor()
    await other.json('/login/bob')
    for await (const { _id: sid } of store.model.find({}, '_id').lean().cursor()) {
      await store.get(sid).catch((error) => {
        if (error.code !== CODE) throw error
        return store.destroy(sid)
      })
    }
    expect(await store.collection.countDocuments()).toBe(1)
    expect(await other.json('/look')).toMatchObject({ user: 'bob' })
    expect(await visitor.json('/look')).not.toHaveProperty('user')
  })

  it('all() leaves out what cannot be read, and warns with the code', async () => {
    const { restarted } = await loggedIn({ secrets: [OLD] })
    const { store, newVisitor } = await restarted({ secrets: [NEW] })
    await newVisitor().json('/login/bob')
    const warned = next(store, 'warning')
    expect(await store.all()).toMatchObject([{ user: 'bob' }])
    expect(await warned).toMatchObject({ code: CODE })
  })
})
