/** The options: what is left out, what is cast, and what is refused with which words. */
import mongoose from 'mongoose'
import { resolveOptions } from '../../src/options'

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
    const none = { expires: undefined, collection: undefined, databaseName: null, codec: null }
    expect(resolveOptions(none)).toEqual(resolveOptions({}))
  })
})

describe('numbers', () => {
  it('may be given as text', () => {
    const options = resolveOptions({ expires: '5000', expiresAfterSeconds: '60', touchAfter: '1' })
    expect(options).toMatchObject({ expires: 5000, expiresAfterSeconds: 60, touchAfter: 1 })
  })
})

describe('an option that does not exist', () => {
  it.each([
    ['ttl', /`ttl`: use `expires`, in milliseconds/],
    ['mongoUrl', /use `uri`/],
    ['mongooseConnection', /use `connection`/],
    ['client', /use `connection`/],
    ['collectionName', /use `collection`/],
    ['autoRemoveInterval', /use `removeInterval`/],
    ['stringify', /leave it out/],
    ['colection', /did you mean `collection`\?/],
    ['expire', /did you mean `expires`\?/],
    ['URI', /did you mean `uri`\?/],
    ['touchafter', /did you mean `touchAfter`\?/],
    ['toString', /no option `toString`$/],
    ['zzzzzz', /no option `zzzzzz`$/],
  ])('%s is refused with the likely one', (option, words) => {
    expect(() => resolveOptions({ [option]: 1 })).toThrow(TypeError)
    expect(() => resolveOptions({ [option]: 1 })).toThrow(words)
  })
})

describe('a value that cannot be', () => {
  const cases: [string, unknown][] = [
    ['uri', 5],
    ['uri', 'localhost'],
    ['uri', 'http://localhost'],
    ['uri', 'mongodb://'],
    ['databaseName', ''],
    ['collection', {}],
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
    ['expiresKey', ''],
    ['expiresAfterSeconds', -1],
    ['touchAfter', '1h'],
    ['autoRemove', 'always'],
    ['removeInterval', 0],
    ['removeInterval', 2 ** 31],
    ['createIndexes', 'yes'],
    ['writes', 'append'],
    ['batch', true],
    ['batch', { maxSize: 0 }],
    ['batch', { size: 5 }],
    ['codec', { encode: 1 }],
    ['codec', 'json'],
  ]

  it.each(cases)('%s: %p is refused by name', (option, value) => {
    expect(() => resolveOptions({ [option]: value })).toThrow(TypeError)
    expect(() => resolveOptions({ [option]: value })).toThrow(`\`${option}`)
  })

  it.each([null, 'uri', [], 5])('%p in place of the options is refused', (options) => {
    expect(() => resolveOptions(options)).toThrow(TypeError)
  })

  it('tells how to hand over a connection where something near it came', () => {
    const given = (connection: unknown) => () => resolveOptions({ connection })
    expect(given(Promise.resolve())).toThrow(/not a promise/)
    expect(given(new mongoose.mongo.MongoClient('mongodb://localhost'))).toThrow(/setClient/)
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
    { idField: 'expires' },
    { idField: 'session' },
    { expiresKey: 'session' },
    { expiresKey: '_id' },
  ])('are refused: %#', (options) => {
    expect(() => resolveOptions(options)).toThrow(TypeError)
  })
})
