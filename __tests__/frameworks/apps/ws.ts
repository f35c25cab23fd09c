// #region ws
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http'
import express, { type Express, type Request } from 'express'
import type { MongoDBStore } from 'express-mongoose-session'
import session from 'express-session'
import { type WebSocket, WebSocketServer } from 'ws'

interface Live {
  app: Express
  server: HttpServer
}

export function createLive(store: MongoDBStore, secret: string): Live {
  const app = express()
  const sessions = session({ store, secret, resave: false, saveUninitialized: false })
  app.use(sessions)

  const server = createServer(app)
  const sockets = new WebSocketServer({ noServer: true })
  const bySession = new Map<string, Set<WebSocket>>()

  server.on('upgrade', (upgrade, socket, head) => {
    const req = upgrade as Request
    // From the cookie to the session, as for any request; there is no response to send a cookie with
    sessions(req, {} as ServerResponse as never, (error) => {
      if (error || !req.session.user) return socket.destroy()
      sockets.handleUpgrade(req, socket, head, (webSocket) => {
        const id = store.idOf(req.sessionID)
        const ofSession = bySession.get(id) ?? new Set()
        bySession.set(id, ofSession.add(webSocket))
        webSocket.on(
          'close',
          () => ofSession.delete(webSocket) && ofSession.size === 0 && bySession.delete(id),
        )
        webSocket.send(`hello ${req.session.user}`)
      })
    })
  })

  const closeEnded = async () => {
    for await (const { id } of store.ended()) {
      for (const webSocket of bySession.get(id) ?? []) webSocket.close(4401, 'logged out')
    }
  }
  closeEnded().catch(({ code, message }) => console.warn(code, message))

  app.post('/login/:user', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      req.session.user = req.params.user
      res.json({})
    })
  })
  return { app, server }
}
// #endregion
