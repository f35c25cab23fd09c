/** `destroy`: makes the writes before it superfluous. */
import { BATCHES, hold, letGo, load, start } from '../support/held-back'
import { sessionData } from '../support/server'

describe.each(BATCHES)('%s', (_name, options) => {
  it('a destroy takes along the sets before it', async () => {
    const { proxy, store, statements } = await start(options)
    hold(proxy, 'update')
    const writing = [store.set('a', sessionData({ n: 1 }))]
    await proxy.received('update')
    writing.push(store.set('a', sessionData({ n: 2 })), store.destroy('a'))
    await letGo(proxy)
    await Promise.all(writing)
    expect(statements).toEqual([1, 1])
    expect(proxy.commands.filter((command) => /update|delete/.test(command))).toEqual([
      'update',
      'delete',
    ])
    expect(await load(store)).toBeNull()
  })
})
