/** Cursors on the server: a loop that ends early leaves none behind. */
import mongoose, { type Connection } from 'mongoose'
import { hugeServer } from '../support/huge-server'
import { fullOrShort } from '../support/in-full'
import { type OpenCursors, openCursors } from '../support/open-cursors'
import {
  closedLater,
  itIfServerHas,
  MongoDBStore,
  newStore,
  type Options,
  sessionData,
  uniqueName,
  uri,
} from '../support/server'

const VERSIONS = { 'Mongoose 9': mongoose, 'Mongoose 8': require('mongoose-8') as typeof mongoose }

/** More than two batches hold, of which the first has 101. */
const MANY = 1500
const TIMES = fullOrShort(5, 2)

type Sessions = ReturnType<MongoDBStore['sessions']>

const ENDS: Record<string, (sessions: Sessions) => Promise<unknown>> = {
  break: async (sessions) => {
    for await (const _ of sessions) break
  },
  throw: async (sessions) => {
    const work = async () => {
      for await (const { id } of sessions) throw new Error(id)
    }
    await expect(work()).rejects.toThrow()
  },
  return: async (sessions) => {
    const first = async () => {
      for await (const { id } of sessions) return id
    }
    expect(await first()).toEqual(expect.any(String))
  },
  'its own `return`': async (sessions) => {
    await sessions.next()
    await sessions.return()
  },
  'a break in a later batch': async (sessions) => {
    let count = 0
    for await (const _ of sessions) if (++count === 150) break
    expect(count).toBe(150)
  },
}

interface Place {
  readonly connection: Connection
  readonly cursors: OpenCursors
  readonly collection: string
}

async function placeOn(host: typeof mongoose, address: string, collection: string): Promise<Place> {
  const connection = await host.createConnection(address, { monitorCommands: true }).asPromise()
  closedLater(connection)
  return { connection, cursors: openCursors(connection.getClient() as never), collection }
}

/** How a store asks: by the driver, or through what an app has hung on its model. */
const WAYS: Record<string, (place: Place, host: typeof mongoose) => Options> = {
  'a model of ours': ({ connection, collection }) => ({ connection, collection }),
  'a model with hooks': ({ connection, collection }, { Schema }) => {
    const schema = new Schema({ _id: String, session: {}, expires: Date }, { minimize: false })
    schema.post('find', () => {})
    return { model: connection.model(uniqueName(), schema, collection) }
  },
}

const LOOPS_OVER: Record<string, Record<`session.${string}`, string>> = {
  all: {},
  'those that match': { 'session.filling': 'x' },
}

describe.each(
  Object.entries(VERSIONS).flatMap(([version, host]) =>
    Object.keys(WAYS).flatMap((way) =>
      Object.keys(LOOPS_OVER).map((loop) => ({ version, host, way, loop })),
    ),
  ),
)('a loop over $loop, by $way, with $version,', ({ host, way, loop }) => {
  const newLoop = async () => {
    const { uri } = await hugeServer({ records: MANY, filling: 'x' })
    const place = await placeOn(host, uri, 'sessions')
    const store = await newStore((WAYS[way] as (typeof WAYS)[string])(place, host)).ready()
    return { ...place, store, sessions: () => store.sessions(LOOPS_OVER[loop]) }
  }

  it.each(Object.entries(ENDS))('leaves no cursor where it ends early: by %s', async (_, end) => {
    const { sessions, cursors } = await newLoop()
    for (let i = 0; i < TIMES; i++) await end(sessions())
    expect(cursors.opened).toBe(TIMES)
    await cursors.closed()
  })

  it('leaves no cursor where it goes to the end', async () => {
    const { sessions, cursors } = await newLoop()
    let count = 0
    for await (const _ of sessions()) count++
    expect([count, cursors.opened]).toEqual([MANY, 1])
    await cursors.closed()
  })

  it('leaves no cursor where the store is closed meanwhile', async () => {
    const { store, sessions, cursors } = await newLoop()
    const under = sessions()
    await under.next()
    await store.close()
    await expect(under.next()).rejects.toMatchObject({ code: 'ERR_MONGODB_STORE_CLOSED' })
    expect(cursors.opened).toBe(1)
    await cursors.closed()
  })
})

describe.each(Object.entries(VERSIONS))('with %s', (_, host) => {
  itIfServerHas('firstBatch', 'the server has no cursor left, however a loop ends', async () => {
    const place = await placeOn(host, uri, uniqueName())
    const filling = await newStore(WAYS['a model of ours']?.(place, host)).ready()
    const sids = Array.from({ length: 200 }, (_, i) => `sid ${i}`)
    await Promise.all(sids.map((sid) => filling.set(sid, sessionData({ filling: 'x' }))))
    let loops = 0
    for (const way of Object.values(WAYS)) {
      const store = await newStore(way(place, host)).ready()
      for (const filter of Object.values(LOOPS_OVER)) {
        for (const end of Object.values(ENDS)) {
          await end(store.sessions(filter))
          loops++
        }
      }
    }
    expect(place.cursors.opened).toBe(loops)
    await place.cursors.closed()
  })
})
