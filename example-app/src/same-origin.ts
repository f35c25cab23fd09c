/** Refuses forms that another site sends in the visitor's name (CSRF). */
import type { Request, RequestHandler } from 'express'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const sameOriginOnly: RequestHandler = (req, _res, next) => {
  if (SAFE_METHODS.has(req.method) || isSameOrigin(req)) return next()
  next(Object.assign(new Error('this form was sent by another site'), { status: 403 }))
}

/**
 * Browsers say where a request comes from, and no site can forge it: in `Sec-Fetch-Site`, or where
 * that is missing (plain http, old browsers), in `Origin`. What has neither is not a browser, and
 * carries no visitor's cookie.
 */
function isSameOrigin(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('Origin')
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.host)
}
