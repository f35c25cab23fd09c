/** What the environment says, checked; the defaults are for a first look. */
import { randomBytes } from 'node:crypto'

const MINUTE = 60 * 1000
const DAY = 24 * 60 * MINUTE

export interface Config {
  port: number
  secret: string
  isSecretRandom: boolean
  https: boolean
  /** In milliseconds. */
  maxAge: number
  deliveryAddress: string | undefined
}

/** @throws Error with a line for whoever set the variable */
export function configFrom(env: NodeJS.ProcessEnv): Config {
  return {
    port: wholeNumber(env, 'PORT', { otherwise: 3000, max: 65_535 }),
    secret: env.SESSION_SECRET || randomBytes(32).toString('hex'),
    isSecretRandom: !env.SESSION_SECRET,
    https: env.NODE_ENV === 'production',
    maxAge: wholeNumber(env, 'SESSION_MAX_AGE', { otherwise: 7 * DAY, min: MINUTE }),
    deliveryAddress: env.DELIVERY_SERVICE,
  }
}

function wholeNumber(
  env: NodeJS.ProcessEnv,
  name: string,
  { otherwise, min = 0, max = 2 ** 53 - 1 }: { otherwise: number; min?: number; max?: number },
): number {
  const text = env[name]
  if (!text) return otherwise
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`${name} is "${text}", and has to be a whole number from ${min} to ${max}`)
}
