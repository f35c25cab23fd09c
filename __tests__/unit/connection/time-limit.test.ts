/** How long an answer is waited for. */
import { timeLimit, withTimeout } from '../../../src/connection/time-limit'
import { nodeProcess } from '../../support/node-process'

it.each([
  [{}, 60_000],
  [{ serverSelectionTimeoutMS: 5000 }, 35_000],
  [{ serverSelectionTimeoutMS: 5000, socketTimeoutMS: 0 }, 35_000],
  [{ serverSelectionTimeoutMS: 500, socketTimeoutMS: 400 }, 1300],
])('the limit for a client with %j is %i ms', (limits, expected) => {
  expect(timeLimit(limits)).toBe(expected)
})

it('what is answered in time is passed on, and so is its failure', async () => {
  expect(await withTimeout(1000, Promise.resolve(5))).toBe(5)
  await expect(withTimeout(1000, Promise.reject(new Error('no')))).rejects.toThrow('no')
})

it('what is never answered fails when the time is up', async () => {
  await expect(withTimeout(5, new Promise(() => {}))).rejects.toThrow('no answer within 5 ms')
})

it('a limit that is longer than the longest timer of Node is not over at once', async () => {
  const answered = Symbol('answered')
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  nodeProcess.on('warning', onWarning)
  const late = new Promise((resolve) => setTimeout(resolve, 20, answered))
  expect(await withTimeout(2 ** 31, late)).toBe(answered)
  nodeProcess.off('warning', onWarning)
  expect(warnings).toEqual([])
})
