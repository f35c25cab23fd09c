/** Writes that leave together are answered, whatever happens before they are sent. */
import type { OpenWrites, Records } from '../../../src/records/records'
import { type SessionWrite, sendTogether } from '../../../src/sessions/write-group'

const records = {
  send: async (open: OpenWrites) => {
    open.seal()
    return []
  },
  isRefusal: () => false,
} as unknown as Records

it('each is answered once where what one of them is to write cannot be told', async () => {
  const fault = new Error('cannot be told')
  const answers: unknown[] = []
  const queued = ['first', 'second'].map((name) => ({
    write: {
      prepare: () => {
        throw fault
      },
    } as unknown as SessionWrite,
    resolve: () => answers.push([name, 'ok']),
    reject: (error: unknown) => answers.push([name, error]),
  }))
  // As a queue does: what was taken is not there any more
  await sendTogether(records, () => queued.splice(0) as never)
  expect(answers).toEqual([
    ['first', fault],
    ['second', fault],
  ])
})
