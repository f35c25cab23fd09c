/** Sessions in NestJS on Fastify, on the connection of @nestjs/mongoose. */
// #region nest-fastify
import 'reflect-metadata'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import {
  Controller,
  Get,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Param,
  Post,
  Req,
  Res,
  Session,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { MongoDBStore } from 'express-mongoose-session'
import type { FastifyReply, FastifyRequest, Session as SessionData } from 'fastify'
import type { Connection } from 'mongoose'

declare module 'fastify' {
  interface Session {
    views?: number
    user?: string
  }
}

@Controller()
class VisitsController {
  @Get()
  count(@Session() session: SessionData) {
    session.views = (session.views ?? 0) + 1
    return { views: session.views, user: session.user }
  }

  @Post('login/:user')
  async login(@Req() request: FastifyRequest, @Param('user') user: string) {
    await request.session.regenerate()
    request.session.user = user // not of `@Session()`: that is another object now
    return { user }
  }

  @Post('logout')
  async logout(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    await request.session.destroy()
    reply.clearCookie('sessionId')
    return {}
  }
}

/** The last requests have been answered by now: `onModuleDestroy` would be too early. */
@Injectable()
class ClosesStore implements OnApplicationShutdown {
  constructor(private readonly store: MongoDBStore) {}

  onApplicationShutdown() {
    return this.store.close()
  }
}

@Module({
  imports: [
    MongooseModule.forRootAsync({ useFactory: () => ({ uri: process.env.MONGODB_URI as string }) }),
  ],
  controllers: [VisitsController],
  providers: [
    {
      provide: MongoDBStore,
      inject: [getConnectionToken()],
      useFactory: (connection: Connection) => new MongoDBStore({ connection }),
    },
    ClosesStore,
  ],
})
export class AppModule {}

export async function createApp(module: Type, secret: string): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter())
  const store = app.get(MongoDBStore)
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    store,
    secret, // of 32 characters at least
    saveUninitialized: false,
    cookie: { maxAge: 14 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: 'auto' },
  })
  app.enableShutdownHooks()
  return app
}
// #endregion
