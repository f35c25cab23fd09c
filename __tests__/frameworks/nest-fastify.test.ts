/** The app of the guide for NestJS on Fastify. */
import { Controller, Logger, Module, Param, Post, Session } from '@nestjs/common'
import { getConnectionToken } from '@nestjs/mongoose'
import type { Session as SessionData } from 'fastify'
import type { Connection } from 'mongoose'
import { Gate } from '../support/app'
import { closedLater, MongoDBStore, uri } from '../support/server'
import { Visitor } from '../support/visitor'
import { AppModule, createApp } from './apps/nest-fastify'
import { keepsThePromises, SECRET } from './promises'

let gate: Gate

@Controller()
class TestController {
  @Post('set/:key/:value')
  set(@Session() session: SessionData, @Param('key') key: string, @Param('value') value: string) {
    Object.assign(session, { [key]: value })
    return session
  }

  @Post('delete/:key')
  delete(@Session() session: SessionData, @Param('key') key: string) {
    Reflect.deleteProperty(session, key)
    return session
  }

  @Post('slow/set/:key/:value')
  async setSlowly(
    @Session() session: SessionData,
    @Param('key') key: string,
    @Param('value') value: string,
  ) {
    await gate.pass()
    Object.assign(session, { [key]: value })
    return session
  }
}

@Module({ imports: [AppModule], controllers: [TestController] })
class TestModule {}

beforeAll(() => {
  process.env.MONGODB_URI = uri
  Logger.overrideLogger(false)
})

const start = async () => {
  gate = new Gate()
  const app = await createApp(TestModule, SECRET)
  const close = app.close.bind(app)
  let closing: Promise<void> | undefined
  closedLater({ close: () => (closing ??= close()) })
  await app.listen(0, '127.0.0.1')
  const address = await app.getUrl()
  return {
    store: app.get(MongoDBStore),
    connection: app.get<Connection>(getConnectionToken()),
    close: () => (closing ??= close()),
    server: app.getHttpServer(),
    gate,
    newVisitor: () => new Visitor(address),
  }
}

keepsThePromises(start)

it("the store is on Nest's connection", async () => {
  const { store, connection } = await start()
  expect(store.connection).toBe(connection)
})

it('closing the app lets a request under way end, then closes store and connection', async () => {
  const { store, connection, close, server, gate, newVisitor } = await start()
  server.keepAliveTimeout = 1000 // of the connection that is in use as the app closes
  const visitor = newVisitor()
  await visitor.post('/login/ann')
  const slow = visitor.copy().post('/slow/set/one/1')
  await gate.arrival()
  const closed = close()
  gate.open()
  expect(await slow).toMatchObject({ user: 'ann', one: '1' })
  await closed
  await expect(store.get(visitor.sid)).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
  expect(connection.readyState).toBe(0)
})
