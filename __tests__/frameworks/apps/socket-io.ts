/** One session for Express and Socket.IO. */
// #region socket-io
import { createServer, type Server as HttpServer } from 'node:http'
import express, { type Express, type Request } from 'express'
import type { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import { Server, type Socket } from 'socket.io'

declare module 'express-session' {
  interface SessionData {
    said?: string
  }
}

interface Chat {
  app: Express
  io: Server
  server: HttpServer
}

export function createChat(store: MongoDBStore, secret: string): Chat {
  const app = express()
  const server = createServer(app)
  const io = new Server(server)

  const sessions = session({ store, secret, resave: false, saveUninitialized: false })
  app.use(sessions)
  io.engine.use(sessions)

  io.on('connection', (socket: Socket) => {
    const { session, sessionID } = socket.request as Request
    socket.join(store.idOf(sessionID))

    socket.on('say', (text: string, answer: (session?: object) => void) => {
      // It was loaded when the socket was opened: load it as it is now
      session.reload((gone) => {
        if (gone) return socket.disconnect()
        const { session } = socket.request as Request // `reload` has put another object here
        session.said = text
        session.touch() // what happens on a socket extends the session, too
        session.save((error) => answer(error ? undefined : session)) // nobody else saves it
      })
    })
  })

  app.post('/login/:user', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = req.params.user
      res.json({})
    })
  })

  app.post('/logout', (req, res, next) => {
    const id = store.idOf(req.sessionID)
    req.session.destroy((error) => {
      if (error) return next(error)
      io.in(id).disconnectSockets() // of this process, where nothing else tells of the end
      res.json({})
    })
  })

  // Whoever ends the session: a logout in another process, an admin, its expiry
  const disconnectEnded = async () => {
    for await (const { id } of store.ended()) io.in(id).disconnectSockets()
  }
  disconnectEnded().catch(({ code, message }) => console.warn(code, message))
  return { app, io, server }
}
// #endregion
