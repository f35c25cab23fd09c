/** Sessions in NestJS, on the connection of @nestjs/mongoose. */
// #region nest
import 'reflect-metadata'
import {
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Param,
  Post,
  Req,
  Session,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose'
import type { Request } from 'express'
import { MongoDBStore } from 'express-mongoose-session'
import session, { type SessionData } from 'express-session'
import type { Connection } from 'mongoose'

@Controller()
class VisitsController {
  @Get()
  count(@Session() session: SessionData) {
    session.views = (session.views ?? 0) + 1
    return { views: session.views, user: session.user }
  }

  @Post('login/:user')
  async login(@Req() request: Request, @Param('user') user: string) {
    await new Promise<void>((resolve, reject) => {
      request.session.regenerate((error) => (error ? reject(error) : resolve()))
    })
    request.session.user = user
    return { user }
  }

  @Post('logout')
  async logout(@Req() request: Request) {
    await new Promise<void>((resolve, reject) => {
      request.session.destroy((error) => (error ? reject(error) : resolve()))
    })
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

export async function createApp(module: Type, secret: string): Promise<INestApplication> {
  const app = await NestFactory.create(module)
  const store = app.get(MongoDBStore)
  app.use(session({ store, secret, resave: false, saveUninitialized: false }))
  app.enableShutdownHooks()
  return app
}
// #endregion
