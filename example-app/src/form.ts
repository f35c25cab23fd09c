/** Reads the fields of a form. */
import type { Request } from 'express'

/** The text of a field, trimmed; an empty string if it is not text. */
export function field(req: Request, name: string): string {
  const value: unknown = req.body?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** Not trimmed: spaces are part of a password. */
export function passwordField(req: Request): string {
  const value: unknown = req.body?.password
  return typeof value === 'string' ? value : ''
}
