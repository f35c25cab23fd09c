/** Every command for a request names its session ids, so that a router knows the shard to ask. */
import mongoose, { Schema } from 'mongoose'
import { newApp } from '../support/app'
import { closedLater, newStore, type Options, uniqueName, uri } from '../support/server'
import type { Visitor } from '../support/visitor'

type Filter = Record<string, unknown>
interface Command {
  readonly name: string
  /** Of each of its statements. */
  readonly filters: readonly Filter[]
  /** Whether a statement may meet more than one record for each session id. */
  readonly isMany: boolean
}

/** An app's own model, with middleware and a default, which its queries have to pass. */
async function modelWithMiddleware() {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise()
  const plain = { minimize: false, versionKey: false, autoCreate: false, autoIndex: false } as const
  const schema = new Schema(
    { _id: String, session: {}, expires: Date, kind: { type: String, default: 'web' } },
    { ...plain, timestamps: true, collection: uniqueName() },
  )
  schema.pre(['findOne', 'updateOne', 'deleteOne'], function () {
    this.comment('of the app')
  })
  return closedLater(connection).model('Visit', schema)
}

const CASES: [string, () => Options | Promise<Options>][] = [
  ['batched', () => ({})],
  ['each as itself', () => ({ batch: false })],
  ['with a throttled touch', () => ({ touchAfter: 60_000 })],
  ['written whole', () => ({ writes: 'replace' })],
  ['encrypted', () => ({ encryption: { secrets: 'x'.repeat(32) } })],
  ['with a custom idField', () => ({ idField: 'sid' })],
  ['with a custom idField, each as itself', () => ({ idField: 'sid', batch: false })],
  ['through a model with middleware', async () => ({ model: await modelWithMiddleware() })],
]

describe.each(CASES)('the commands for requests, %s', (_, optionsOf) => {
  async function underLoad() {
    const options = await optionsOf()
    const own = options.model ? {} : { connectionOptions: { monitorCommands: true } }
    const store = await newStore({ ...own, ...options }).ready()
    const app = await newApp(store, { rolling: true, cookie: { maxAge: 60_000 } })
    const commands: Command[] = []
    store.client?.on('commandStarted', ({ commandName, command }) => {
      commands.push(commandFrom(commandName, command))
    })
    return { commands, visitors: Array.from({ length: 12 }, () => app.newVisitor()) }
  }

  it('name the session id by equality or in a list', async () => {
    const { commands, visitors } = await underLoad()
    const all = (path: string) => Promise.all(visitors.map((visitor) => visitor.json(path)))
    await all('/count') // a new session
    await all('/count') // one that was loaded
    await all('/look') // touched
    await all('/max-age/120000') // touched, with another cookie
    await Promise.all(visitors.flatMap((visitor) => differentRequests(visitor)))
    await all('/delete/a')
    await all('/login/ada') // regenerated
    await all('/reload')
    await all('/logout')

    const { idField = '_id' } = await optionsOf()
    const kinds = new Set(commands.map(({ name }) => name))
    expect([...kinds].sort()).toEqual(['delete', 'find', 'update'])
    const astray = commands.filter(({ name, filters, isMany }) => {
      // In another field than `_id`, an id may be there twice
      const isOfOne = !isMany || (name === 'delete' && idField !== '_id')
      return !isOfOne || filters.length === 0 || !filters.every((each) => namesIds(each[idField]))
    })
    expect(astray).toEqual([])
  })
})

it('the commands for the requests of one turn name all of their session ids', async () => {
  const store = await newStore({ connectionOptions: { monitorCommands: true } }).ready()
  const app = await newApp(store)
  const visitors = Array.from({ length: 12 }, () => app.newVisitor())
  const commands: Command[] = []
  store.client?.on('commandStarted', ({ commandName, command }) => {
    commands.push(commandFrom(commandName, command))
  })
  const answers = Promise.all(visitors.map((visitor) => visitor.visit('/slow/set/a/1')))
  await app.gate.arrival(visitors.length)
  app.gate.open()
  await answers
  const sids = visitors.map(({ sid }) => sid).sort()
  const writes = commands.filter(({ name }) => name === 'update')
  expect(writes.length).toBeLessThan(sids.length)
  expect(writes.flatMap(({ filters }) => filters.map(({ _id }) => _id)).sort()).toEqual(sids)

  commands.length = 0
  await Promise.all(sids.map((sid) => store.get(sid)))
  expect(commands).toMatchObject([{ name: 'find', filters: [{ _id: { $in: sids } }] }])
})

/** Of one visitor at once. */
function differentRequests(visitor: Visitor): Promise<unknown>[] {
  return ['/set/a/1', '/set/b/2', '/look', '/count'].map((path) => visitor.json(path))
}

/** A list of operators on the id, such as `$ne` or `$gt`, would be asked of every shard. */
function namesIds(condition: unknown): boolean {
  if (typeof condition === 'string') return true
  const { $in, ...others } = (condition ?? {}) as { $in?: unknown[] }
  const isList = $in?.every((sid) => typeof sid === 'string') === true
  return isList && $in.length > 0 && Object.keys(others).length === 0
}

function commandFrom(name: string, command: Filter): Command {
  if (name === 'find') return { name, filters: [command.filter as Filter], isMany: false }
  const statements = (command.updates ?? command.deletes ?? []) as {
    q: Filter
    multi?: boolean
    limit?: number
  }[]
  return {
    name,
    filters: statements.map(({ q }) => q),
    isMany: statements.some(({ multi, limit }) => multi === true || limit === 0),
  }
}
