/** Reads and checks the environment variables; the defaults are for a trial. */
import { randomBytes } from 'node:crypto'

const MINUTE = 60 * 1000
const DAY = 24 * 60 * MINUTE

export interface Config {
  port: number
  /** The first secret signs, all are accepted. */
  secret: string[]
  isSecretRandom: boolean
  https: boolean
  firstIsAdmin: boolean
  adminEmail: string | undefined
  /** In milliseconds. */
  maxAge: number
  deliveryAddress: string | undefined
}

/** @throws Error that names the wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const isProduction = env.NODE_ENV === 'production'
  const secrets = readSecrets(env.SESSION_SECRET, isProduction)
  return {
    port: wholeNumber(env, 'PORT', { otherwise: 3000, max: 65_535 }),
    secret: secrets.length > 0 ? secrets : [randomBytes(32).toString('hex')],
    isSecretRandom: secrets.length === 0,
    https: isProduction,
    firstIsAdmin: !isProduction,
    adminEmail: env.ADMIN_EMAIL?.trim().toLowerCase(),
    maxAge: wholeNumber(env, 'SESSION_MAX_AGE', { otherwise: 7 * DAY, min: MINUTE }),
    deliveryAddress: env.DELIVERY_SERVICE,
  }
}

const MIN_SECRET_LENGTH = 32

/** A guessed secret signs any cookie: production gets no default, and no short secret. */
function readSecrets(text = '', isProduction: boolean): string[] {
  const secrets = text.split(',').map((secret) => secret.trim())
  const isFine = secrets.every(({ length }) => length >= MIN_SECRET_LENGTH)
  if (isFine || !isProduction) return secrets.filter(Boolean)
  throw new Error(
    `In production SESSION_SECRET has to be set, to ${MIN_SECRET_LENGTH} characters or more: openssl rand -hex 32\n` +
      'Of several, with commas between, the first signs, and all are accepted',
  )
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
