/** What is handed to `set` and `touch` in place of a session. */
import { newStore, sessionData } from '../support/server'

const codeOf = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === 'rejected' ? outcome.reason.code : 'done'

const throwing = () => {
  throw new Error('looked at')
}

describe.each([
  ['batched', {}],
  ['not batched', { batch: false as const }],
])('%s', (_, options) => {
  it.each<[string, () => unknown]>([
    ['null', () => null],
    ['undefined', () => undefined],
    ['a text', () => 'text'],
    ['a number', () => 5],
    ['a list', () => []],
    ['a function', () => () => 1],
    ['a Proxy that throws', () => new Proxy({}, { get: throwing, ownKeys: throwing })],
    [
      'a Proxy that is revoked',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
    ],
    [
      'one whose cookie throws',
      () => ({
        get cookie() {
          return throwing()
        },
      }),
    ],
  ])(
    '%s is no session to set or to touch, and the others of its turn are served',
    async (_name, session) => {
      const store = newStore(options)
      await store.set('a', sessionData({ views: 1 }))
      const found = await store.collection.findOne({ _id: 'a' as never })
      const outcomes = await Promise.allSettled([
        store.set('a', session() as never),
        store.touch('a', session() as never),
        store.set('b', sessionData()),
      ])
      const refused = /^ERR_MONGODB_STORE_(SESSION|TOUCH)$/
      expect(outcomes.map(codeOf)).toEqual([
        expect.stringMatching(refused),
        expect.stringMatching(refused),
        'done',
      ])
      expect(await store.collection.findOne({ _id: 'a' as never })).toEqual(found)
    },
  )

  it('a session may be frozen, have accessors, or be a Proxy', async () => {
    const store = newStore(options)
    const { cookie } = sessionData() as { cookie: object }
    const target = { cookie, views: 3 }
    const sessions: object[] = [
      Object.freeze({ cookie: Object.freeze({ ...cookie }), views: 1 }),
      {
        get cookie() {
          return cookie
        },
        get views() {
          return 2
        },
      },
      new Proxy(target, {}),
      Object.assign(Object.create(null), { cookie, views: 4 }),
    ]
    await Promise.all(sessions.map((session, i) => store.set(`${i}`, session as never)))
    await Promise.all(sessions.map((session, i) => store.touch(`${i}`, session as never)))
    const found = await Promise.all(sessions.map((_session, i) => store.get(`${i}`)))
    expect(found).toMatchObject([1, 2, 3, 4].map((views) => ({ views })))
  })
})
