/** Whether writes may have been done is told by the error alone. */
import { mongo } from 'mongoose'
import { WriteErrors } from '../../../src/records/write-errors'

type BulkError = ConstructorParameters<typeof mongo.MongoBulkWriteError>[0]

const errors = new WriteErrors(mongo)
const result = { getWriteErrors: () => [], getWriteConcernError: () => undefined }
const bulkError = (given: object) =>
  new mongo.MongoBulkWriteError(given as BulkError, result as unknown as mongo.BulkWriteResult)

it('one that the server has refused, by a code that is about what was sent, is tried one by one', () => {
  const error = bulkError({ message: 'x', code: 2 })
  expect(errors.isRefusal(errors.causeOf(error))).toBe(true)
})

it('an error that is none of the driver is about what was sent, unless it is of a socket', () => {
  expect(errors.isRefusal(new TypeError('x'))).toBe(true)
  expect(errors.isRefusal(Object.assign(new Error('x'), { syscall: 'read' }))).toBe(false)
})
