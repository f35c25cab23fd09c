/** The Passport app of the guide. */
import passport from 'passport'
import { newStore } from '../support/server'
import { createApp } from './apps/passport'
import { SECRET } from './promises'
import { servedWithTestRoutes } from './routes'

const ANN = { username: 'ann', password: 'right' }

const start = async () => {
  const store = newStore()
  const app = createApp(store, SECRET, async (username, password) =>
    password === 'right' ? { id: username } : null,
  )
  // As it is without options, and the other way round
  app.post('/login-afresh', passport.authenticate('local'), (req, res) => {
    res.json({ user: req.user })
  })
  app.post('/logout-with-basket', (req, res, next) => {
    req.logout({ keepSessionInfo: true }, (error) => (error ? next(error) : res.json({})))
  })
  const { gate, newVisitor } = await servedWithTestRoutes(app)
  return { store, gate, visitor: newVisitor() }
}

const withBasket = async () => {
  const running = await start()
  await running.visitor.post('/basket/tea')
  return running
}

it('a wrong password logs nobody in', async () => {
  const { visitor } = await withBasket()
  const { status } = await visitor.visit('/login', {
    method: 'POST',
    body: { ...ANN, password: 'wrong' },
  })
  expect(status).toBe(401)
  expect(await visitor.json('/')).toEqual({ basket: ['tea'] })
})

it('login gives a new sid, and keepSessionInfo carries the data over', async () => {
  const { store, visitor } = await withBasket()
  const before = visitor.sid
  await visitor.post('/login', ANN)
  expect(visitor.sid).not.toBe(before)
  expect(await store.get(before)).toBeNull()
  expect(await visitor.json('/')).toEqual({ user: { id: 'ann' }, basket: ['tea'] })
})

it('login without keepSessionInfo begins a new session', async () => {
  const { visitor } = await withBasket()
  await visitor.post('/login-afresh', ANN)
  expect(await visitor.json('/')).toEqual({ user: { id: 'ann' }, basket: [] })
})

it('a sid from before the login is of no use to who knows it', async () => {
  const { store, visitor } = await withBasket()
  const intruder = visitor.copy()
  const fixed = visitor.sid
  await visitor.post('/login', ANN)
  expect(await intruder.json('/')).toEqual({ basket: [] })
  expect(await store.model.countDocuments({ _id: fixed })).toBe(0)
})

it('logout gives a new sid, ends the old one, and drops the data', async () => {
  const { store, visitor } = await withBasket()
  await visitor.post('/login', ANN)
  const loggedIn = visitor.copy()
  const { sid } = visitor
  await visitor.post('/logout')
  expect(visitor.sid).not.toBe(sid)
  expect(await store.get(sid)).toBeNull()
  expect(await visitor.json('/')).toEqual({ basket: [] })
  expect(await loggedIn.json('/')).not.toHaveProperty('user')
})

it('logout with keepSessionInfo keeps the data, and not the user', async () => {
  const { visitor } = await withBasket()
  await visitor.post('/login', ANN)
  await visitor.post('/logout-with-basket')
  expect(await visitor.json('/')).toEqual({ basket: ['tea'] })
})

it.each(['/login', '/logout'])('a slow request does not undo a %s meanwhile', async (path) => {
  const { store, visitor, gate } = await withBasket()
  if (path === '/logout') await visitor.post('/login', ANN)
  const { sid } = visitor
  const slow = visitor.copy().post('/slow/set/late/yes')
  await gate.arrival()
  await visitor.post(path, ANN)
  gate.open()
  await slow
  expect(await store.model.countDocuments({ _id: sid })).toBe(0)
})

it('two requests at once of a user who is logged in both keep their changes', async () => {
  const { store, visitor, gate } = await withBasket()
  await visitor.post('/login', ANN)
  const slow = visitor.copy().post('/slow/set/one/1')
  await gate.arrival()
  await visitor.post('/basket/milk')
  gate.open()
  await slow
  expect(await store.get(visitor.sid)).toMatchObject({
    one: '1',
    basket: ['tea', 'milk'],
    passport: { user: 'ann' },
  })
})
