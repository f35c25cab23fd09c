/** A text that nothing may show, and how things are shown. */
import { inspect } from 'node:util'
import { type FaultyProxy, faultyProxy } from './faulty-proxy'
import { closedLater } from './server'

export const SECRET = 'hunter2-marker'

/** Whatever can be made of a value by logging it. */
export function shown(value: unknown): string {
  const { message, stack } = value as Error
  const inspected = [false, true].map((showHidden) =>
    inspect({ value }, { depth: Infinity, maxStringLength: Infinity, showHidden }),
  )
  return [...inspected, JSON.stringify(value), String(value), message, stack].join('\n')
}

/** A server that quotes what it was sent, for whatever it is asked. */
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
