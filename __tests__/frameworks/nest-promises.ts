/** What an app may rely on in NestJS, on either platform. */
import type { Server } from 'node:http'
import {
  Controller,
  type INestApplication,
  Logger,
  Module,
  Param,
  Post,
  Session,
  type Type,
} from '@nestjs/common'
import { getConnectionToken } from '@nestjs/mongoose'
import type { Connection } from 'mongoose'
import { Gate } from '../support/app'
import { type Database, newDatabase } from '../support/example/database'
import { closedLater, MongoDBStore } from '../support/server'
import { Visitor } from '../support/visitor'
import { keepsThePromises, SECRET } from './promises'

let gate: Gate

@Controller()
class TestController {
  @Post('set/:key/:value')
  set(@Session() session: object, @Param('key') key: string, @Param('value') value: string) {
    return Object.assign(session, { [key]: value })
  }

  @Post('delete/:key')
  delete(@Session() session: object, @Param('key') key: string) {
    Reflect.deleteProperty(session, key)
    return session
  }

  @Post('slow/set/:key/:value')
  async setSlowly(
    @Session() session: object,
    @Param('key') key: string,
    @Param('value') value: string,
  ) {
    await gate.pass()
    return Object.assign(session, { [key]: value })
  }
}

interface Guide {
  readonly AppModule: Type
  createApp(module: Type, secret: string): Promise<INestApplication>
}

/** @param beforeClose what the platform's server needs to close in time */
export function keepsThePromisesInNest(
  { AppModule, createApp }: Guide,
  beforeClose: (server: Server) => void = () => {},
): void {
  @Module({ imports: [AppModule], controllers: [TestController] })
  class TestModule {}

  let database: Database
  beforeAll(async () => {
    // Other tests may have indexed the default collection of the default database in another way
    database = await newDatabase()
    Object.assign(process.env, database.env)
    Logger.overrideLogger(false)
  })
  afterAll(() => database?.close())

  const start = async () => {
    gate = new Gate()
    const app = await createApp(TestModule, SECRET)
    let closing: Promise<void> | undefined
    const close = () => (closing ??= app.close())
    closedLater({ close })
    await app.listen(0, '127.0.0.1')
    const address = await app.getUrl()
    return {
      store: app.get(MongoDBStore),
      connection: app.get<Connection>(getConnectionToken()),
      server: app.getHttpServer() as Server,
      close,
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
    beforeClose(server)
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
}
