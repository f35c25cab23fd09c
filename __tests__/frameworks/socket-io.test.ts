/** The Socket.IO app of the guide: one session by HTTP and by socket. */
import type { Request } from 'express'
import { io as connectTo, type Socket } from 'socket.io-client'
import { end, streamsOf } from '../support/change-stream'
import { newStore, next, serverHas } from '../support/server'
import type { Visitor } from '../support/visitor'
import { createChat } from './apps/socket-io'
import { SECRET } from './promises'
import { servedWithTestRoutes } from './routes'

describe.each(['websocket', 'polling'])('by %s', (transport) => {
  const sockets: Socket[] = []

  // Before their server is
  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      const { engine } = socket.io
      const isClosed = engine.readyState === 'closed'
      const closed = isClosed || new Promise((resolve) => engine.once('close', resolve))
      socket.disconnect()
      await closed
    }
  })

  const start = async (maxAge?: number) => {
    const store = newStore()
    const streams = serverHas('changeStreams') ? undefined : streamsOf(store.model)
    const { app, io, server } = createChat(store, SECRET)
    io.on('connection', (socket) => {
      // What an app does that does not load the session again
      socket.on('set at once', (key: string, value: string, done: () => void) => {
        const { session } = socket.request as Request
        session[key] = value
        session.save(done)
      })
    })
    app.post('/max-age/:ms', (req, res) => {
      req.session.cookie.maxAge = Number(req.params.ms)
      res.json({})
    })
    const { newVisitor } = await servedWithTestRoutes(app, server)
    const visitor = newVisitor()
    await visitor.post('/login/ann')
    if (maxAge) await visitor.post(`/max-age/${maxAge}`)
    const socket = await socketOf(visitor)
    return { store, visitor, socket, sid: visitor.sid, streams }
  }

  const socketOf = async ({ address, cookie }: Visitor) => {
    const extraHeaders = { cookie: cookie as string }
    const socket = connectTo(address, {
      transports: [transport],
      extraHeaders,
      forceNew: true,
      reconnection: false,
    })
    sockets.push(socket)
    await next(socket as unknown as Parameters<typeof next>[0], 'connect')
    return socket
  }

  const gone = (socket: Socket) =>
    next(socket as unknown as Parameters<typeof next>[0], 'disconnect')

  it('an event sees what HTTP has set since, and HTTP what the event set', async () => {
    const { visitor, socket, store, sid } = await start()
    await visitor.post('/set/colour/blue')
    expect(await socket.emitWithAck('say', 'hello')).toMatchObject({ user: 'ann', colour: 'blue' })
    expect(await visitor.post('/set/size/large')).toMatchObject({ said: 'hello', colour: 'blue' })
    expect(await store.get(sid)).toMatchObject({ said: 'hello', colour: 'blue', size: 'large' })
  })

  it('changes by socket and by HTTP are both kept, also without loading again', async () => {
    const { visitor, socket, store, sid } = await start()
    await visitor.post('/set/one/1')
    await socket.emitWithAck('set at once', 'two', '2')
    await visitor.post('/set/three/3')
    await visitor.post('/delete/one')
    await socket.emitWithAck('set at once', 'four', '4')
    const session = await store.get(sid)
    expect(session).toMatchObject({ user: 'ann', two: '2', three: '3', four: '4' })
    expect(session).not.toHaveProperty('one')
  })

  it('logout ends the sockets of the session', async () => {
    const { visitor, socket, store, sid } = await start()
    const ended = gone(socket)
    await visitor.post('/logout')
    await ended
    expect(await store.model.countDocuments({ _id: sid })).toBe(0)
  })

  it('the end of a session elsewhere ends its sockets, and no others', async () => {
    const { socket, store, sid, visitor, streams } = await start()
    const other = visitor.copy()
    await other.post('/login/bob')
    const bobs = await socketOf(other)
    const ended = gone(socket)
    await store.model.deleteOne({ _id: sid })
    streams?.at(-1)?.give(end(sid))
    await ended
    expect(await bobs.emitWithAck('say', 'hello')).toMatchObject({ user: 'bob' })
  })

  it('an event of a session that has ended elsewhere ends the socket', async () => {
    const { socket, store, sid } = await start()
    await store.destroy(sid)
    const ended = gone(socket)
    socket.emit('say', 'hello')
    await ended
    expect(await store.model.countDocuments({ _id: sid })).toBe(0)
  })

  it('an event after a logout does not bring the session back, also without loading again', async () => {
    const { socket, store, sid } = await start()
    await store.destroy(sid)
    await socket.emitWithAck('set at once', 'late', 'yes')
    expect(await store.model.countDocuments({ _id: sid })).toBe(0)
  })

  it('an event extends the session', async () => {
    const { socket, store, sid } = await start(60_000)
    await store.model.updateOne({ _id: sid }, { expires: new Date(Date.now() + 5000) })
    await socket.emitWithAck('say', 'hello')
    const { expires } = (await store.model.findById(sid).lean())!
    expect(Number(expires)).toBeGreaterThan(Date.now() + 50_000)
  })

  // What the guide warns of; each poll is a request, and extends the session
  if (transport === 'websocket') {
    it('an event that does not load again puts back the expiry of the handshake', async () => {
      const { visitor, socket, store, sid } = await start(60_000)
      await visitor.post('/max-age/3600000')
      await socket.emitWithAck('set at once', 'one', '1')
      const { expires } = (await store.model.findById(sid).lean())!
      expect(Number(expires)).toBeLessThan(Date.now() + 61_000)
    })
  }
})
