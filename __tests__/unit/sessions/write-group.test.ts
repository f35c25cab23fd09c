/** Writes that leave together are answered, whatever happens before they are sent. */
import type { OpenWrites } from '../../../src/records/record-writes'
import type { Records } from '../../../src/records/records'
import { type SessionWrite, sendTogether } from '../../../src/sessions/write-group'

it('each is answered once if what one of them is to write cannot be told', async () => {
  const fault = new Error('cannot be told')
  const send = (open: OpenWrites) => open.answer(open.seal().map(() => ({ isDone: true as const })))
  const records = { writes: { send } } as unknown as Records
  const statement = { write: { remove: {}, isOne: true } }
  const answers: unknown[] = []
  const queue = (name: string, prepare: () => unknown, sendAlone = async () => {}) => ({
    write: { prepare, sendAlone, remember() {}, forget() {} } as unknown as SessionWrite,
    resolve: () => answers.push([name, 'ok']),
    reject: (error: unknown) => answers.push([name, error]),
  })
  const throws = () => {
    throw fault
  }
  const queued = [
    queue('first', () => statement),
    queue('second', () => statement),
    queue('third', throws, () => Promise.reject(fault)),
    queue('fourth', () => statement),
  ]
  // As a queue does: what was taken is not there any more
  sendTogether(records, () => queued.splice(0) as never)
  await new Promise(setImmediate)
  expect(answers).toEqual([
    ['first', 'ok'],
    ['second', 'ok'],
    ['third', fault],
    ['fourth', 'ok'],
  ])
})
