/** What the errors say, and what they keep to themselves. */
import { inspect } from 'node:util'
import { mongo } from 'mongoose'
import { describeCause, MongoDBStoreError, withoutCredentials } from '../../src/errors'

const SECRET = 'hunter2'

describe('describeCause', () => {
  it('tells a server error by its code: its words may quote the command', () => {
    const quoting = new mongo.MongoServerError({
      message: `not authorized to execute { update: "sessions", u: { token: "${SECRET}" } }`,
      code: 13,
      codeName: 'Unauthorized',
    })
    expect(describeCause(quoting)).toBe('Unauthorized (code 13)')
    expect(describeCause(new mongo.MongoServerError({ message: SECRET, code: 5 }))).toBe(
      'MongoServerError (code 5)',
    )
  })

  it.each([
    [20, 'IllegalOperation', /retryWrites=false/],
    [301, undefined, /retryWrites=false/],
    [52, 'DollarPrefixedFieldName', /before 5\.0 .* `\$`/],
    [55, 'InvalidDBRef', /before 5\.0 .* `\$`.*`\$ref`/],
    [57, 'DottedFieldName', /`\.`/],
  ])('says what helps against code %i', (code, codeName, advice) => {
    const refused = new mongo.MongoServerError({ message: SECRET, code, codeName })
    expect(describeCause(refused)).toMatch(advice)
    expect(describeCause(refused)).toContain(`${codeName ?? 'MongoServerError'} (code ${code}): `)
    // As a bulk write has it
    expect(describeCause({ code, errmsg: SECRET })).toMatch(advice)
  })

  it('says where a type of BSON is of another version of Mongoose', () => {
    const foreign = Object.assign(new Error(SECRET), { name: 'BSONVersionError' })
    expect(describeCause(foreign)).toMatch(
      /^BSONVersionError: a BSON value .* another Mongoose version.*; install a single version/,
    )
  })

  it('tells a network error by its words, without credentials', () => {
    const error = new mongo.MongoNetworkError(`connect mongodb://ann:${SECRET}@host failed`)
    expect(describeCause(error)).toBe('connect mongodb://***@host failed')
  })

  it("tells anybody else's error by its name: its words may quote the session", () => {
    expect(describeCause(new SyntaxError(`Unexpected token in "${SECRET}"`))).toBe('SyntaxError')
    expect(describeCause(SECRET)).toBe('a thrown string')
    expect(describeCause(undefined)).toBe('a thrown undefined')
    expect(describeCause(null)).toBe('a thrown null')
  })
})

describe('withoutCredentials', () => {
  it.each([
    [`mongodb://ann:${SECRET}@h/x`, 'mongodb://***@h/x'],
    [`mongodb+srv://ann:${SECRET}@h`, 'mongodb+srv://***@h'],
    [`"mongodb://ann:p@${SECRET}@h/x" failed`, '"mongodb://***@h/x" failed'],
    ['mongodb://h/x', 'mongodb://h/x'],
  ])('%#', (message, expected) => {
    expect(withoutCredentials(message)).toBe(expected)
  })
})

describe('MongoDBStoreError', () => {
  const cause = new Error(SECRET)
  const error = new MongoDBStoreError('ERR_MONGODB_STORE_SET', 'Error setting a: no', cause)

  it('keeps the original as its cause, and does not show it', () => {
    expect(error.cause).toBe(cause)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('MongoDBStoreError: Error setting a: no')
    expect(inspect(error)).toContain("code: 'ERR_MONGODB_STORE_SET', cause: Error")
    expect(inspect({ error }, { depth: 9 })).not.toContain(SECRET)
    expect(JSON.stringify(error)).not.toContain(SECRET)
  })
})
