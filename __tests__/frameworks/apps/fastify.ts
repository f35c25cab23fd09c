/** Sessions in Fastify, by @fastify/session. */
// #region fastify
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import type { MongoDBStore } from 'express-mongoose-session'
import Fastify, { type FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface Session {
    views?: number
    user?: string
  }
}

export async function createApp(store: MongoDBStore, secret: string): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    store,
    secret, // of 32 characters at least
    saveUninitialized: false,
    cookie: { maxAge: 14 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: 'auto' },
  })

  app.get('/', async ({ session }) => {
    session.views = (session.views ?? 0) + 1
    return { views: session.views, user: session.user }
  })

  app.post<{ Params: { user: string } }>('/login/:user', async (request) => {
    await request.session.regenerate()
    request.session.user = request.params.user // not of a variable from before: it is another object
    return { user: request.session.user }
  })

  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    reply.clearCookie('sessionId')
    return {}
  })
  return app
}
// #endregion
