/** Whether writes may have been done is told by the error alone. */
import { mongo } from 'mongoose'
import { causeOf, isRefusal, outcomeOf } from '../../../src/records/write-errors'

type BulkError = ConstructorParameters<typeof mongo.MongoBulkWriteError>[0]

const result = { getWriteErrors: () => [], getWriteConcernError: () => undefined }
const bulkError = (given: object) =>
  new mongo.MongoBulkWriteError(given as BulkError, result as unknown as mongo.BulkWriteResult)

it('one that the server has refused, by a code that is about what was sent, is tried one by one', () => {
  const error = bulkError({ message: 'x', code: 2 })
  expect(isRefusal(causeOf(error, mongo), mongo)).toBe(true)
})

it('an error that is none of the driver is about what was sent, unless it is of a socket', () => {
  expect(isRefusal(new TypeError('x'), mongo)).toBe(true)
  expect(isRefusal(Object.assign(new Error('x'), { syscall: 'read' }), mongo)).toBe(false)
})

describe('what a bulk write tells, by the index of each operation', () => {
  const uncast = new Error('of Mongoose, which does not send the second of four')
  const refused = { index: 1, code: 11000 }

  it('is right where Mongoose leaves one out, and the server refuses another', () => {
    const error = {
      writeErrors: [refused],
      upsertedIds: { 0: 'a', 2: 'd' },
      mongoose: { validationErrors: [uncast], results: [null, uncast, refused, null] },
    }
    const { failures, inserted } = outcomeOf(error, true)!
    expect([...failures]).toEqual([
      [1, uncast],
      [2, refused],
    ])
    expect([...inserted]).toEqual([0, 3])
  })

  it('is what the server says where Mongoose has sent all', () => {
    const error = bulkError({ message: 'x', code: 11000, writeErrors: refused })
    expect([...outcomeOf(error, true)!.failures]).toEqual([[1, refused]])
    expect([...outcomeOf({ upsertedIds: { 1: 'b' } })!.inserted]).toEqual([1])
  })

  it('is nothing for an error about all of them', () => {
    expect(outcomeOf(bulkError({ message: 'x', code: 2 }), true)).toBeUndefined()
  })
})
