/** The headers that tell the browser what no page of ours does, and limits for guessing passwords. */
import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"], // no script and no style but in a file of ours
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // With helmet's own `no-referrer`, the forms of our pages would not tell their origin either
    referrerPolicy: { policy: 'same-origin' },
  })
}

/** After signing out, Back shows nothing. */
export const notStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/** Ten failures in a quarter of an hour; who gets it right is not counted. */
export function guessingLimit(): RequestHandler {
  return rateLimit({
    windowMs: 15 * 60 * 1000,
    limit: 10,
    skipSuccessfulRequests: true,
    handler: (_req, _res, next) => {
      next(Object.assign(new Error('too many tries; wait a quarter of an hour'), { status: 429 }))
    },
  })
}
