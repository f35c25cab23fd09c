/** Writes that leave together are answered, whatever happens before they are sent. */
import type { OpenWrites } from '../../../src/records/record-writes'
import type { Records } from '../../../src/records/records'
import { type SessionWrite, sendTogether } from '../../../src/sessions/write-group'

it('each is answered once if what one of them is to write cannot be told', () => {
  const fault = new Error('cannot be told')
  const send = (open: OpenWrites) => {
    try {
      open.seal()
    } catch (error) {
      open.fail(error)
    }
  }
  const records = { writes: { send, isRefusal: () => false } } as unknown as Records
  const answers: unknown[] = []
  const prepare = () => {
    throw fault
  }
  const queued = ['first', 'second'].map((name) => ({
    write: { prepare } as unknown as SessionWrite,
    resolve: () => answers.push([name, 'ok']),
    reject: (error: unknown) => answers.push([name, error]),
  }))
  // As a queue does: what was taken is not there any more
  sendTogether(records, () => queued.splice(0) as never)
  expect(answers).toEqual([
    ['first', fault],
    ['second', fault],
  ])
})
