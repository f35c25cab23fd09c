/** Inserts that reach the server after their caller was answered. */
import { NoAnswerError } from '../../../src/errors'
import { LateInserts } from '../../../src/sessions/late-inserts'

const ALL = {}

function start() {
  const removed: unknown[] = []
  const late = new LateInserts((sid, filter) => removed.push([sid, filter]))
  let end = () => {}
  const ending = new Promise<void>((resolve) => {
    end = resolve
  })
  late.failed('a', new NoAnswerError(1, undefined, ending))
  const ended = async () => {
    end()
    await ending
  }
  return { late, removed, ended }
}

it.each<[string, (late: LateInserts) => void, object]>([
  ['a destroy', (late) => late.removing(ALL, 'a'), ALL],
  ['a clear', (late) => late.removing(ALL), ALL],
  ['a destroyMany', (late) => late.removing({ user: 'ann' }), { user: 'ann' }],
])('one that arrives after %s is removed as by it', async (_name, remove, filter) => {
  const { late, removed, ended } = start()
  remove(late)
  await ended()
  expect(removed).toEqual([['a', filter]])
})

it.each<[string, (late: LateInserts) => void]>([
  ['of which nothing was removed', () => {}],
  ['of which another session was removed', (late) => late.removing(ALL, 'b')],
  [
    'whose session is inserted anew',
    (late) => {
      late.removing(ALL, 'a')
      late.inserting('a')
    },
  ],
])('one %s stays', async (_name, meanwhile) => {
  const { late, removed, ended } = start()
  meanwhile(late)
  await ended()
  expect(removed).toEqual([])
})

it('one that fails after all leaves nothing to remove', async () => {
  const removed: unknown[] = []
  const late = new LateInserts((sid) => removed.push(sid))
  const failing = Promise.reject(new Error('away'))
  late.failed('a', new NoAnswerError(1, undefined, failing))
  late.removing(ALL, 'a')
  await failing.catch(() => {})
  expect(removed).toEqual([])
})

it('one that the server has refused is not late', async () => {
  const removed: unknown[] = []
  const late = new LateInserts((sid) => removed.push(sid))
  late.failed('a', new Error('refused'))
  late.removing(ALL, 'a')
  expect(removed).toEqual([])
})
