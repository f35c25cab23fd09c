/** `connectionOptions` and the `uri`, as the driver itself takes or refuses them. */
import { inspect } from 'node:util'
import mongoose from 'mongoose'
import type { MongoDBStoreError } from '../../../src/errors'
import { acceptedOptions } from '../../../src/options/driver-options'

const URI = 'mongodb://127.0.0.1:9/test'
const SECRET = 'hunter2-token'

function accepted(options: object, uri = URI) {
  const warnings: MongoDBStoreError[] = []
  return { options: acceptedOptions(uri, options, (each) => warnings.push(each)), warnings }
}

const refusalOf = (options: object, uri = URI): Error => {
  try {
    accepted(options, uri)
  } catch (error) {
    return error as Error
  }
  throw new Error('it was accepted')
}

it('a time that is longer than the longest timer of Node is refused, in an option and in the uri', () => {
  for (const ms of [2 ** 31, Infinity]) {
    const words = '`socketTimeoutMS` must be at most 2147483647'
    expect(refusalOf({ socketTimeoutMS: ms }).message).toMatch(words)
  }
  const tooLong = `${URI}?socketTimeoutMS=${2 ** 31}&connectTimeoutMS=1000`
  expect(refusalOf({}, tooLong)).toBeInstanceOf(TypeError)
  expect(accepted({ socketTimeoutMS: 5 }, tooLong).options).toEqual({ socketTimeoutMS: 5 })
})

describe('options that say nothing any more', () => {
  it('are left out, with one warning that names them', () => {
    const given = { useNewUrlParser: true, useUnifiedTopology: true, maxPoolSize: 3 }
    const { options, warnings } = accepted(given)
    expect(options).toEqual({ maxPoolSize: 3 })
    expect(warnings).toMatchObject([
      {
        code: 'ERR_MONGODB_STORE_CONNECTION_OPTIONS',
        message: expect.stringMatching(
          /^remove `useNewUrlParser` and `useUnifiedTopology` from .*ignored/,
        ),
      },
    ])
    expect(given).toHaveProperty('useNewUrlParser')
  })

  it('are not warned of where there are none', () => {
    expect(accepted({ maxPoolSize: 3 })).toEqual({ options: { maxPoolSize: 3 }, warnings: [] })
  })
})

describe('what neither Mongoose nor the driver knows', () => {
  it('is refused, named all at once', () => {
    const error = refusalOf({ poolSize: 5, w: 1, keepAlive: true, useNewUrlParser: true })
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(
      /`connectionOptions`: options poolsize, keepalive are not supported$/,
    )
  })

  it('may be undefined, as the driver has it', () => {
    expect(accepted({ poolSize: undefined }).warnings).toEqual([])
  })
})

describe('what Mongoose or the driver knows', () => {
  it('is accepted as it is', () => {
    const options = {
      bufferCommands: false,
      bufferTimeoutMS: 5,
      autoIndex: false,
      autoCreate: false,
      sanitizeFilter: true,
      dbName: 'x',
      user: 'me',
      pass: SECRET,
      appname: 'any case',
      maxPoolSize: '5',
      retryWrites: false,
      readPreference: 'secondary',
      writeConcern: { w: 'majority' },
      compressors: ['zlib'],
      tlsCAFile: '/not/there',
      monitorCommands: true,
    }
    expect(accepted(options).options).toEqual(options)
  })

  it.each([
    ['maxPoolSize', 'x'],
    ['maxPoolSize', -1],
    ['tls', 'yes'],
    ['readPreference', 'first'],
    ['compressors', ['none such']],
    ['auth', { username: 5 }],
    ['loadBalanced', true],
  ])('%s: %p is refused', (name, value) => {
    const error = refusalOf({ retryWrites: true, [name]: value })
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch('`connectionOptions`: ')
  })

  it('is refused by the name that the driver gives', () => {
    expect(refusalOf({ maxPoolSize: -1 }).message).toMatch(/maxPoolSize can only be/)
  })

  it('is refused where two of them, or one and the uri, contradict each other', () => {
    expect(refusalOf({ tlsInsecure: true, tlsAllowInvalidHostnames: true })).toBeInstanceOf(
      TypeError,
    )
    const error = refusalOf({ tls: false }, 'mongodb://localhost/?tls=true')
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(/`uri` and `connectionOptions`: .*tls/)
  })

  it('is refused without a word of what was given, which may be a password', () => {
    for (const options of [
      { maxPoolSize: SECRET },
      { readPreference: SECRET },
      { readConcern: { level: 'x' }, readPreference: { mode: SECRET } },
      { authMechanism: SECRET },
      { pass: SECRET, user: 'me', authMechanism: 'NONE' },
      { maxPoolSize: `mongodb://me:${SECRET}@localhost` },
      { poolSize: SECRET },
    ]) {
      expect(inspect(refusalOf(options), { depth: 9 })).not.toContain(SECRET)
    }
  })
})

it('asks the driver without opening anything, or changing what it was given', () => {
  const options = Object.freeze({ user: 'me', pass: SECRET, readPreference: 'secondary' })
  accepted(options)
  expect(mongoose.connections).toHaveLength(1)
})

it('a database of the uri that MongoDB refuses is refused', () => {
  expect(refusalOf({}, 'mongodb://h/a.b').message).toMatch(
    /^the option `uri \(its database\)` must/,
  )
})

it('an option of the uri that is wrong is told as what it is, beside a user and a password', () => {
  for (const uri of ['mongodb://localhost/?foo=1', 'mongodb://user:hunter2@localhost/?foo=1']) {
    expect(refusalOf({}, uri).message).toMatch(/option foo is not supported$/)
  }
})
