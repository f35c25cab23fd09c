/** What a form has sent. */
import type { Request } from 'express'

/** A field, or an empty string: whoever sends something else than text gets nothing by it. */
export function field(req: Request, name: string): string {
  const value: unknown = req.body?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** As it was typed, spaces and all. */
export function passwordField(req: Request): string {
  const value: unknown = req.body?.password
  return typeof value === 'string' ? value : ''
}
