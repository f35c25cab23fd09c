/** Messages that the next page shows, once. */
import type { Request } from 'express'

export interface Flash {
  kind: 'success' | 'error'
  text: string
}

export function flash(req: Request, kind: Flash['kind'], text: string): void {
  req.session.flash = [...(req.session.flash ?? []), { kind, text }]
}

export function takeFlashes(req: Request): Flash[] {
  const flashes = req.session?.flash ?? []
  if (flashes.length > 0) delete req.session.flash
  return flashes
}
