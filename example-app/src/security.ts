/** Security headers and rate limits. */
import type { RequestHandler } from 'express'
import { type Options, rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { field } from './form.js'

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"], // scripts and styles only from the app's own files
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // With helmet's default `no-referrer`, the app's own forms would have no origin either
    referrerPolicy: { policy: 'same-origin' },
  })
}

/** After a sign-out, the browser's Back button shows no old page. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/** Ten failures from one address, twenty for one account; successes are not counted. */
export function signInLimits(): RequestHandler[] {
  return [
    limit({ limit: 10, skipSuccessfulRequests: true }),
    // Guesses at one account may come from many addresses
    limit({ limit: 20, skipSuccessfulRequests: true, keyGenerator: accountOf }),
  ]
}

/** Each sign-up costs a slow hash, and shows whether an email has an account. */
export function signUpLimit(): RequestHandler {
  return limit({ limit: 30 })
}

/** Limits per 15 minutes. Each process counts by itself, unless `options` has a `store`. */
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
