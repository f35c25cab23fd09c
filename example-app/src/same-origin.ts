/** Refuses forms that other sites send (CSRF). */
import type { Request, RequestHandler } from 'express'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const sameOriginOnly: RequestHandler = (req, _res, next) => {
  if (SAFE_METHODS.has(req.method) || isSameOrigin(req)) return next()
  next(Object.assign(new Error('this form was sent by another site'), { status: 403 }))
}

/**
 * Browsers name the origin of a request, and no site can forge it: in `Sec-Fetch-Site`, or in `Origin`
 * if that is missing (plain http, old browsers). A client with neither is not a browser, and has no
 * visitor's cookie.
 */
function isSameOrigin(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = req.get('Origin')
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.host)
}
