/** Writes that reach the server after their caller was answered. */
import { LateWrites } from '../../../src/sessions/late-writes'

function start() {
  const destroyed: string[] = []
  const late = new LateWrites((sid) => destroyed.push(sid))
  let end = () => {}
  const ending = new Promise<void>((resolve) => {
    end = resolve
  })
  const ended = async () => {
    end()
    await ending
  }
  return { late, destroyed, ending, ended }
}

it('an insert that arrives after a destroy is destroyed', async () => {
  const { late, destroyed, ending, ended } = start()
  late.add('a', ending)
  late.destroyed('a')
  await ended()
  expect(destroyed).toEqual(['a'])
})

it('so is one that arrives after a clear', async () => {
  const { late, destroyed, ending, ended } = start()
  late.add('a', ending)
  late.destroyed()
  await ended()
  expect(destroyed).toEqual(['a'])
})

it.each<[string, (late: LateWrites) => void]>([
  ['of which nothing was destroyed', () => {}],
  ['of which another session was destroyed', (late) => late.destroyed('b')],
  [
    'whose session was made anew since',
    (late) => {
      late.destroyed('a')
      late.written('a')
    },
  ],
])('one %s stays', async (_name, meanwhile) => {
  const { late, destroyed, ending, ended } = start()
  late.add('a', ending)
  meanwhile(late)
  await ended()
  expect(destroyed).toEqual([])
})

it('one that fails after all leaves nothing to destroy', async () => {
  const { late, destroyed } = start()
  const failing = Promise.reject(new Error('away'))
  late.add('a', failing)
  late.destroyed('a')
  await failing.catch(() => {})
  expect(destroyed).toEqual([])
})
