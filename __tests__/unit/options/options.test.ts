/** The options: what is left out, what is cast, and what is refused with which words. */
import mongoose from 'mongoose'
import { resolveOptions } from '../../../src/options/resolved-options'

const SECRET = 'a secret of just 32 characters..'

describe('the defaults', () => {
  it('are those of connect-mongodb-session, and what is documented', () => {
    const options = resolveOptions({})
    expect(options).toMatchObject({
      collection: 'sessions',
      expires: 1_209_600_000,
      idField: '_id',
      expiresKey: 'expires',
      expiresAfterSeconds: 0,
      touchAfter: 0,
      autoRemove: 'native',
      removeInterval: 600_000,
      createIndexes: true,
      writes: 'merge',
    })
    expect(options.uri).toBe('mongodb://127.0.0.1:27017/test')
    expect(options.connectionOptions).toEqual({})
    expect(Object.isFrozen(options)).toBe(true)
  })

  it('are not defeated by undefined or null', () => {
    const none = {
      expires: undefined,
      collection: undefined,
      databaseName: null,
      connectionOptions: null,
      codec: null,
    }
    expect(resolveOptions(none)).toEqual(resolveOptions({}))
    expect(resolveOptions(none).wantsOwn).toBe(false)
  })
})

describe('an option that says where the sessions are, or keeps them secret', () => {
  it.each([
    ['uri', undefined],
    ['uri', null],
    ['databaseName', undefined],
    ['connection', undefined],
    ['connection', null],
    ['model', undefined],
    ['model', null],
    ['encryption', undefined],
    ['encryption', null],
  ])('%s: %p is refused, with what is probably behind it', (option, value) => {
    expect(() => resolveOptions({ [option]: value })).toThrow(TypeError)
    expect(() => resolveOptions({ [option]: value })).toThrow(
      new RegExp(`\`${option}\` is ${value}: .*environment variable.* import`),
    )
  })

  it('is refused where it is empty beside another that is not', () => {
    const connection = mongoose.createConnection()
    expect(() => resolveOptions({ connection, model: undefined })).toThrow(/`model` is undefined/)
    expect(() => resolveOptions({ connection, uri: undefined })).toThrow(/`uri` is undefined/)
  })
})

it('an option that the app has not set itself does not count', () => {
  const inherited = Object.create({ collection: 'visits', uri: undefined, ttl: 5 })
  expect(resolveOptions(inherited)).toEqual(resolveOptions({}))
  const hidden = Object.defineProperty({}, 'collection', { value: 'visits' })
  expect(resolveOptions(hidden)).toEqual(resolveOptions({}))
})

describe('numbers', () => {
  it('may be given as text', () => {
    const options = resolveOptions({ expires: '5000', expiresAfterSeconds: '60', touchAfter: '1' })
    expect(options).toMatchObject({ expires: 5000, expiresAfterSeconds: 60, touchAfter: 1 })
  })
})

describe('an option that does not exist', () => {
  it.each([
    ['ttl', /`ttl`: use `expires`, in milliseconds$/],
    ['mongoUrl', /use `uri`$/],
    ['mongoURI', /use `uri`$/],
    ['mongo_url', /use `uri`$/],
    ['mongooseConnection', /use `connection`/],
    ['client', /use `connection`/],
    ['clientPromise', /use `connection`/],
    ['dbName', /use `databaseName`$/],
    ['collectionName', /use `collection`$/],
    ['mongoOptions', /use `connectionOptions`$/],
    ['autoRemoveInterval', /use `removeInterval`, in milliseconds$/],
    ['stringify', /omit it/],
    ['serialize', /use `codec`$/],
    ['crypto', /use `encryption: \{ secrets/],
    ['URI', /use `uri`$/],
    ['touchafter', /use `touchAfter`$/],
    ['id_field', /use `idField`$/],
    ['tls', /use `connectionOptions: \{ tls \}`$/],
    ['maxPoolSize', /use `connectionOptions: \{ maxPoolSize \}`$/],
    ['bufferCommands', /use `connectionOptions: \{ bufferCommands \}`$/],
    ['zzzzzz', /no option `zzzzzz`$/],
    ['toString', /no option `toString`$/],
    ['constructor', /no option `constructor`$/],
  ])('%s is refused, with what to write instead if that is known', (option, words) => {
    expect(() => resolveOptions({ [option]: 1 })).toThrow(TypeError)
    expect(() => resolveOptions({ [option]: 1 })).toThrow(words)
  })

  it('is named with all others of its kind', () => {
    const options = { mongoUrl: 'x', ttl: 5, collection: 'x', tls: true, zzzzzz: 1 }
    expect(() => resolveOptions(options)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: [
          'MongoDBStore has no option `mongoUrl`: use `uri`',
          'no `ttl`: use `expires`, in milliseconds',
          'no `tls`: use `connectionOptions: { tls }`',
          'no `zzzzzz`',
        ].join('\n  and '),
      }),
    )
  })
})

it("connect-mongo's `touchAfter` was in seconds, which its other options give away", () => {
  const seconds =
    /`mongoUrl`: use `uri`\n`touchAfter` is in milliseconds; in connect-mongo, in seconds$/
  expect(() => resolveOptions({ mongoUrl: 'x', touchAfter: 86_400 })).toThrow(seconds)
  expect(() => resolveOptions({ zzzzzz: 1, touchAfter: 86_400 })).toThrow(/`zzzzzz`$/)
})

it("express-session's options get one hint for all of them", () => {
  const sails = { adapter: 'x', secret: 'x', cookie: {}, resave: false, url: 'x' }
  expect(() => resolveOptions(sails)).toThrow(
    /`adapter`, `secret`, `cookie`, `resave` are options of express-session.*`uri` and `collection`$/,
  )
})

describe('complete options', () => {
  it('make no other store, which would have lost its connection and its encryption', () => {
    const options = resolveOptions({ encryption: { secrets: SECRET } })
    const again = /`store.options` cannot create another store/
    expect(() => resolveOptions(options)).toThrow(again)
    expect(() => resolveOptions({ ...options, collection: 'x' })).toThrow(again)
  })

  it('cannot be changed, nor can the defaults of later stores', () => {
    const { batch } = resolveOptions({}) as { batch: { maxSize: number } }
    expect(() => {
      batch.maxSize = 5
    }).toThrow(TypeError)
    expect(resolveOptions({}).batch).toEqual({ maxSize: 100 })
  })
})

it('an option that is a getter is asked once', () => {
  let asked = 0
  resolveOptions({
    get collection() {
      asked++
      return 'visits'
    },
  })
  expect(asked).toBe(1)
})

describe('a value that cannot be', () => {
  const cases: [string, unknown][] = [
    ['uri', 5],
    ['uri', 'localhost'],
    ['uri', 'http://localhost'],
    ['uri', 'mongodb://'],
    ['databaseName', ''],
    ['databaseName', 'a.b'],
    ['databaseName', 'a b'],
    ['databaseName', 'ä'.repeat(32)],
    ['collection', {}],
    ['collection', '$a'],
    ['collection', 'a..b'],
    ['collection', '.a'],
    ['collection', 'a.'],
    ['collection', 'a\0'],
    ['collection', 'system.sessions'],
    ['collection', 'x'.repeat(256)],
    ['schema', new Map()],
    ['connectionOptions', 'x'],
    ['connection', {}],
    ['connection', 'mongodb://localhost'],
    ['model', {}],
    ['model', class {}],
    ['modelName', 1],
    ['expires', 'soon'],
    ['expires', -1],
    ['expires', Number.NaN],
    ['expires', Number.POSITIVE_INFINITY],
    ['expires', true],
    ['idField', 'a.b'],
    ['idField', '$a'],
    ['idField', 'a\0'],
    ['expiresKey', ''],
    ['expiresAfterSeconds', -1],
    ['expiresAfterSeconds', 1.5],
    ['touchAfter', '1h'],
    ['autoRemove', 'always'],
    ['removeInterval', 0],
    ['removeInterval', 2 ** 31],
    ['createIndexes', 'yes'],
    ['writes', 'append'],
    ['batch', true],
    ['batch', { maxSize: 0 }],
    ['batch', { maxSize: 1001 }],
    ['batch', []],
    ['batch', { size: 5 }],
    ['codec', { encode: 1 }],
    ['codec', 'json'],
    ['encryption', true],
    ['encryption', SECRET],
    ['encryption', {}],
    ['encryption', { secrets: [] }],
    ['encryption', { secret: SECRET }],
    ['encryption', { secrets: SECRET, algorithm: 'rot13' }],
    ['encryption', { secrets: SECRET, allowPlaintext: 'yes' }],
    ['encryption', { secrets: '' }],
    ['encryption', { secrets: [SECRET, ''] }],
    ['encryption', { secrets: [SECRET, undefined] }],
    ['encryption', { secrets: SECRET.slice(0, 31) }],
    ['encryption', { secrets: Buffer.alloc(31) }],
    ['encryption', { secrets: new Uint16Array(32) }],
    ['encryption', { secrets: [[SECRET]] }],
    ['encryption', { secrets: { 0: SECRET } }],
  ]

  it.each(cases)('%s: %p is refused by name', (option, value) => {
    expect(() => resolveOptions({ [option]: value })).toThrow(TypeError)
    expect(() => resolveOptions({ [option]: value })).toThrow(`\`${option}`)
  })

  it.each([null, 'uri', [], 5])('%p in place of the options is refused', (options) => {
    expect(() => resolveOptions(options)).toThrow(TypeError)
  })

  it('of the batch tells that there may be none', () => {
    expect(() => resolveOptions({ batch: true })).toThrow(/`batch` must be false, or an object/)
    expect(() => resolveOptions({ batch: { maxSize: 1001 } })).toThrow(
      /`batch.maxSize` must be a number from 1 to 1000/,
    )
  })

  it('tells how to hand over a connection where something near it came', () => {
    const given = (connection: unknown) => () => resolveOptions({ connection })
    expect(given(Promise.resolve())).toThrow(/neither a promise/)
    expect(given(new mongoose.mongo.MongoClient('mongodb://localhost'))).toThrow(/setClient/)
  })
})

describe('secrets', () => {
  const sealedBy = (secrets: unknown) =>
    resolveOptions({ encryption: { secrets } }).encryption!.seal(Buffer.from('hello'), 'a')
  const openedBy = (secrets: unknown, payload: Buffer) =>
    String(resolveOptions({ encryption: { secrets } }).encryption!.open(payload, 'a'))

  it('may be text or bytes, one or many, and text is its bytes', () => {
    const bytes = Buffer.from(SECRET)
    for (const secrets of [
      SECRET,
      bytes,
      new Uint8Array(bytes),
      [SECRET],
      [bytes, 'x'.repeat(32)],
    ]) {
      expect(openedBy(SECRET, sealedBy(secrets))).toBe('hello')
      expect(openedBy(secrets, sealedBy(SECRET))).toBe('hello')
    }
    expect(openedBy('é'.repeat(99), sealedBy(Buffer.from('é'.repeat(99))))).toBe('hello')
  })

  it('are refused by their place and with advice, and are not quoted', () => {
    const weak = () => resolveOptions({ encryption: { secrets: [SECRET, 'hunter2'] } })
    expect(weak).toThrow(/`encryption.secrets\[1\]`.*32 characters.*openssl rand -base64 32/)
    expect(weak).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/hunter2/) }))
  })

  it('are taken as they are: changing them later changes nothing', () => {
    const bytes = Buffer.from(SECRET)
    const { encryption } = resolveOptions({ encryption: { secrets: bytes } })
    bytes.fill(0)
    expect(openedBy(SECRET, encryption!.seal(Buffer.from('hello'), 'a'))).toBe('hello')
  })
})

describe('options that contradict each other', () => {
  const connection = mongoose.createConnection()
  const model = mongoose.model('OptionsModel', new mongoose.Schema({}))

  it.each([
    { connection, uri: 'mongodb://localhost' },
    { connection, connectionOptions: {} },
    { model, connection },
    { model, uri: 'mongodb://localhost' },
    { model, collection: 'x' },
    { model, databaseName: 'x' },
    { model, modelName: 'x' },
    { codec: { encode: () => '', decode: () => '' }, encryption: { secrets: SECRET } },
    { idField: 'expires' },
    { idField: 'session' },
    { expiresKey: 'session' },
    { expiresKey: '_id' },
  ])('are refused: %#', (options) => {
    expect(() => resolveOptions(options)).toThrow(TypeError)
  })
})
