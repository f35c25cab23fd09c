/** Whether writes may have been done is told by the error alone. */
import { mongo } from 'mongoose'
import { causeOf, isRefusal } from '../../../src/records/write-errors'

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
