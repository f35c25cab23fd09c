/** The headers that tell the browser what no page of ours does, and limits for those who try too often. */
import type { RequestHandler } from 'express'
import { type Options, rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { field } from './form.js'

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

/** Ten failures from one address, twenty for one account; who gets it right is not counted. */
export function guessingLimits(): RequestHandler[] {
  return [
    limit({ limit: 10, skipSuccessfulRequests: true }),
    // Guesses at one account may come from everywhere
    limit({ limit: 20, skipSuccessfulRequests: true, keyGenerator: accountOf }),
  ]
}

/** Each costs a hash, which is slow by intention, and tells whether an email has an account. */
export function signUpLimit(): RequestHandler {
  return limit({ limit: 30 })
}

/** In a quarter of an hour; each process of the app counts for itself, unless this gets a `store`. */
function limit(options: Partial<Options>): RequestHandler {
  return rateLimit({
    windowMs: 15 * 60 * 1000,
    handler: (_req, _res, next) => {
      next(Object.assign(new Error('too many tries; wait a quarter of an hour'), { status: 429 }))
    },
    ...options,
  })
}

const accountOf: Options['keyGenerator'] = (req) => field(req, 'email').toLowerCase().slice(0, 254)
