/** The app of the guide for NestJS on Fastify. */
import * as guide from './apps/nest-fastify'
import { keepsThePromisesInNest } from './nest-promises'

keepsThePromisesInNest(guide, (server) => {
  server.keepAliveTimeout = 1000 // of the connection that is in use as the app closes
})
