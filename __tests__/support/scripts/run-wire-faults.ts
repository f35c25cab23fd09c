/** Injects the fault that the command line names into calls of stores, and prints the outcomes. */
import type { EventEmitter } from 'node:events'
import mongoose from 'mongoose'
import type { MongoDBStore, MongoDBStoreOptions } from '../../../src'
import { type FaultyProxy, faultyProxy } from '../faulty-proxy'
import * as table from '../wire-faults'

const { MongoDBStore: Store } = require('../../..') as typeof import('../../../src')
const fault = process.argv[2] as keyof typeof table.FAULTS
const { SIDS } = table
/** More than one answer of the server's holds. */
const MANY = 10
let retriesWrites = false

async function main(): Promise<void> {
  const listeners = listenersOn(process)
  const outcomes: table.Outcomes = { lasting: {}, momentary: {} }
  // At once: a case by itself mostly waits
  const spans = table.SPANS.filter((span) => fault !== 'refuse' || span === 'lasting')
  const cases = spans.flatMap((span) =>
    Object.entries(table.METHODS).flatMap(([name, method]) =>
      table.waysOf(method).map(async (way) => {
        const ofMethod = (outcomes[span][name] ??= {})
        ofMethod[way] = await outcomeOf(span, method, way, `${span} ${name} ${way}`)
      }),
    ),
  )
  await Promise.all(cases)
  const left = [...(await resourcesLeft()), ...moreListeners('the process', listeners, process)]
  console.log(JSON.stringify({ retriesWrites, outcomes, left } satisfies table.Report))
}

async function outcomeOf(
  span: table.Span,
  method: table.Method,
  way: string,
  title: string,
): Promise<table.Outcome> {
  const { proxy, store, sessions, close } = await inTurn(() => prepared(method, title, way))
  const listeners = [listenersOn(store), listenersOn(store.connection)] as const
  const begin = (i: number) => {
    const args = method.args?.(sessions[i]!) ?? []
    const all = method.sid ? [method.sid(SIDS[i]!), ...args] : args
    return new Call(store, method, all, way.endsWith('callback'))
  }
  const beginAll = () => (method.sid ? SIDS.map((_sid, i) => begin(i)) : [begin(0)])

  const early = method.isUnderWay && beginAll()
  await Promise.all((early || []).map(({ isUnderWay }) => isUnderWay))
  if (fault === 'refuse') await proxy.refuse()
  else if (span === 'lasting') proxy.faults['*'] = fault
  else proxy.once[method.command] = fault
  const calls = early || beginAll()
  for (const call of calls) call.goOn()
  const inTime = await table.isInTime(Promise.all(calls.map(({ ended }) => ended)))

  const recovered = new Promise((resolve) => {
    // A monitor that still waits for the server's answer would give up the next call with its own
    store.client!.once('serverHeartbeatSucceeded', resolve)
  })
  await proxy.restore()
  if (span === 'lasting') await recovered
  const again = async () => {
    const call = begin(0)
    call.goOn()
    await table.isInTime(call.ended)
    return call
  }
  let next = await again()
  // The driver fails one operation for each socket of which it has not yet heard that it has ended
  for (let i = 0; i < 3 && fault === 'refuse' && next.answers[0] !== 'ok'; i++) next = await again()
  const left = [
    ...moreListeners('the store', listeners[0], store),
    ...moreListeners('the connection', listeners[1], store.connection),
    ...(await leftAfterClose(close, proxy)),
  ]
  await proxy.close()
  return { answers: calls.map(({ answers }) => answers), inTime, next: next.answers, left }
}

/** A store that works, with sessions that came from it. */
async function prepared({ isUnderWay }: table.Method, title: string, way: string) {
  const proxy = await faultyProxy()
  const collection = `${fault} ${title} ${process.pid}`.replace(/\W+/g, '_')
  const batch = way.startsWith('not batched') ? ({ batch: false } as const) : {}
  const connection = isUnderWay && mongoose.createConnection(proxy.uri, table.LIMITS)
  // The callback of a touch also waits for the outcome
  const rest = { ...batch, awaitTouch: true }
  const store: MongoDBStore = connection
    ? new Store({ model: modelReadByFew(connection, collection), ...rest }, () => {})
    : new Store({ uri: proxy.uri, collection, connectionOptions: table.LIMITS, ...rest }, () => {})
  await untilDone(() => store.ready())
  await Promise.all(SIDS.map((sid) => untilDone(() => store.set(sid, table.data() as never))))
  const sessions = await Promise.all(
    SIDS.map(async (sid) => (await untilDone(() => store.get(sid)))!),
  )
  if (isUnderWay) {
    const expires = new Date(Date.now() + 60_000)
    const others = Array.from({ length: MANY }, (_, i) => ({
      updateOne: {
        filter: { _id: `other-${i}` as never },
        update: { $set: { session: table.data(), expires } },
        upsert: true,
      },
    }))
    await untilDone(() => store.collection.bulkWrite(others))
  }
  const hello = await untilDone(() => store.db!.command({ hello: 1 }))
  retriesWrites = 'setName' in hello || hello.msg === 'isdbgrid'
  const close = async () => {
    await store.close()
    if (connection) await connection.close()
  }
  return { proxy, store, sessions, close }
}

/** For what only prepares: the limits are small for a busy machine. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Several answers of the server's hold what some servers would put into one. */
function modelReadByFew(connection: mongoose.Connection, collection: string) {
  const schema = new mongoose.Schema(
    { _id: String, session: {}, expires: Date },
    { minimize: false, versionKey: false, collection },
  )
  schema.pre('find', function () {
    this.batchSize(4)
  })
  return connection.model('Session', schema) as unknown as NonNullable<MongoDBStoreOptions['model']>
}

let last: Promise<unknown> = Promise.resolve()

/** One at a time: many at once would take longer than the small limits allow. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const own = last.then(work)
  last = own
  return own
}

/** A call of a method, and each answer to it. */
class Call {
  readonly answers: string[] = []
  readonly ended: Promise<void>
  /** Of sessions that are read one after the other: resolves when the first is there. */
  readonly isUnderWay: Promise<unknown>
  /** Has the others asked for. */
  goOn = (): void => {}

  constructor(
    store: MongoDBStore,
    { name, isUnderWay }: table.Method,
    args: readonly unknown[],
    back: boolean,
  ) {
    const answer = (error?: unknown) => {
      this.answers.push(error ? inWords(error) : 'ok')
    }
    if (name === 'sessions') {
      const sessions = store.sessions(...(args as []))
      const others = new Promise<void>((resolve) => {
        this.goOn = resolve
      }).then(() => countOf(sessions))
      const first = sessions.next()
      this.isUnderWay = first
      this.ended = first
        .then(() => others)
        .then((count) => {
          if (count !== SIDS.length + (isUnderWay ? MANY : 0) - 1) this.answers.push('not all')
          answer()
        }, answer)
      return
    }
    const method = store[name] as (...args: unknown[]) => Promise<unknown> | undefined
    this.isUnderWay = Promise.resolve()
    this.ended = new Promise((resolve) => {
      const end = (error?: unknown) => resolve(answer(error))
      if (!back) method.apply(store, [...args])!.then(() => end(), end)
      else if (method.apply(store, [...args, end])) this.answers.push('a promise as well')
    })
  }
}

async function countOf(sessions: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _session of sessions) count++
  return count
}

/** The code, and the message without the reason. */
function inWords(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  return `${code}: ${message.split(': ')[0]}`
}

async function leftAfterClose(close: () => Promise<void>, proxy: FaultyProxy): Promise<string[]> {
  const left: string[] = []
  if (!(await table.isInTime(close()))) left.push('close')
  if (!(await table.isInTime(proxy.allDisconnected()))) left.push('a socket')
  return left
}

/** What keeps the process alive, but for its own output. Handles go a few turns after their end. */
async function resourcesLeft(): Promise<string[]> {
  const start = performance.now()
  for (;;) {
    const left = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap')
    if (left.length === 0 || performance.now() - start > 4 * table.PATIENCE_MS) return left
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function listenersOn(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0)
}

function moreListeners(what: string, before: number, emitter: EventEmitter): string[] {
  const more = listenersOn(emitter) - before
  return more === 0 ? [] : [`${more} more listeners on ${what}`]
}

main()
