/** What the tests' own support sees to after each test. */
import { closedLater, expectedWarnings, noOtherWarnings } from '../support/left-behind'
import { nodeProcess } from '../support/node-process'

const warn = (code: string) =>
  nodeProcess.emitWarning('of a test', { type: 'MongoDBStoreWarning', code })

it('a warning that a test expects fails nothing, and any other does', async () => {
  warn('ERR_EXPECTED')
  expect(await expectedWarnings('ERR_EXPECTED')).toMatchObject([{ message: 'of a test' }])
  await noOtherWarnings()
  warn('ERR_OTHER')
  expect(await expectedWarnings('ERR_EXPECTED')).toEqual([])
  await expect(noOtherWarnings()).rejects.toThrow('an unexpected ERR_OTHER: of a test')
})

describe('what was opened', () => {
  const closed: string[] = []
  const opened = (name: string) =>
    closedLater({
      close: async () => {
        await new Promise(setImmediate)
        closed.push(name)
      },
    })

  it('is closed', () => {
    opened('connection')
    opened('store')
  })

  it('has been closed after the test, the last first', () => {
    expect(closed).toEqual(['store', 'connection'])
  })
})
