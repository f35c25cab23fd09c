/** The app of the guide with WebSockets of its own. */
import { WebSocket } from 'ws'
import { end, streamsOf } from '../support/change-stream'
import { newStore, serverHas } from '../support/server'
import type { Visitor } from '../support/visitor'
import { createLive } from './apps/ws'
import { SECRET } from './promises'
import { servedWithTestRoutes } from './routes'

async function start() {
  const store = newStore()
  const streams = serverHas('changeStreams') ? undefined : streamsOf(store.model)
  const { app, server } = createLive(store, SECRET)
  const { newVisitor } = await servedWithTestRoutes(app, server)
  return { store, streams, newVisitor }
}

function connect({ address, cookie = '' }: Visitor) {
  const socket = new WebSocket(address.replace('http', 'ws'), { headers: { cookie } })
  const on = (event: string) =>
    new Promise<unknown>((resolve) => socket.once(event, (value: unknown) => resolve(value)))
  return { message: on('message'), closed: on('close'), failed: on('error') }
}

it('a socket has the session of its cookie, and closes when that ends, whoever ends it', async () => {
  const { store, streams, newVisitor } = await start()
  const [ann, bob] = [newVisitor(), newVisitor()]
  await ann.post('/login/ann')
  await bob.post('/login/bob')
  const [ofAnn, ofBob] = [connect(ann), connect(bob)]
  expect(String(await ofAnn.message)).toBe('hello ann')
  expect(String(await ofBob.message)).toBe('hello bob')
  for (const [visitor, socket] of [
    [ann, ofAnn],
    [bob, ofBob],
  ] as const) {
    await store.model.deleteOne({ _id: visitor.sid })
    streams?.at(-1)?.give(end(visitor.sid))
    expect(await socket.closed).toBe(4401)
  }
})

it('a visitor who is not logged in gets no socket', async () => {
  const { newVisitor } = await start()
  expect(await connect(newVisitor()).failed).toMatchObject({ message: expect.any(String) })
})
