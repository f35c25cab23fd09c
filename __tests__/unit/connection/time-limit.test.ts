/** How long an answer is waited for. */
import { timeLimit, withTimeout } from '../../../src/connection/time-limit'

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
