/** A text that no error, warning or log may contain, and the ways to log a value. */
import { inspect } from 'node:util'
import { type FaultyProxy, faultyProxy } from './faulty-proxy'
import { closedLater } from './server'

export const SECRET = 'hunter2-marker'

/** The value in every form in which it may be logged. */
export function loggedForms(value: unknown): string {
  const { message, stack } = value as Error
  const inspected = [false, true].map((showHidden) =>
    inspect({ value }, { depth: Infinity, maxStringLength: Infinity, showHidden }),
  )
  return [...inspected, JSON.stringify(value), String(value), message, stack].join('\n')
}

/** A server that refuses every command with an error that quotes session data. */
export async function quotingServer(): Promise<FaultyProxy> {
  const errmsg = `no: { session: { token: '${SECRET}' } }`
  const refusal = { code: 121, codeName: 'DocumentValidationFailure', errmsg, errInfo: { SECRET } }
  const writeErrors = [0, 1, 2, 3].map((index) => ({ index, ...refusal }))
  const write = { ok: 1, n: 0, nModified: 0, writeErrors }
  const proxy = closedLater(await faultyProxy())
  Object.assign(proxy.faults, {
    find: refusal,
    aggregate: refusal,
    createIndexes: refusal,
    update: write,
    delete: write,
  })
  return proxy
}
