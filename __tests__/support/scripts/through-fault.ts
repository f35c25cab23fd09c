/** Has stores go through the fault that the command line names, and prints what became of them. */
import type { EventEmitter } from 'node:events'
import type { MongoDBStore } from '../../../src'
import { type FaultyProxy, faultyProxy } from '../faulty-proxy'
import * as table from '../wire-faults'

const { MongoDBStore: Store } = require('../../..') as typeof import('../../../src')
const fault = process.argv[2] as keyof typeof table.FAULTS
const SIDS = ['a', 'b', 'c']
let retriesWrites = false

async function main(): Promise<void> {
  const listeners = listenersOn(process)
  const outcomes: table.Outcomes = { lasting: {}, momentary: {} }
  // At once: a case by itself mostly waits
  const spans = table.SPANS.filter((span) => fault !== 'refuse' || span === 'lasting')
  const cases = spans.flatMap((span) =>
    Object.entries(table.METHODS).flatMap(([name, method]) =>
      table.WAYS.map(async (way) => {
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
  { name, command, args }: table.Method,
  way: string,
  title: string,
): Promise<table.Outcome> {
  const { proxy, store, sessions } = await inTurn(() => prepared(title, way))
  const listeners = [listenersOn(store), listenersOn(store.connection)] as const
  const begin = (...given: readonly unknown[]) =>
    new Call(store, name, given, way.endsWith('callback'))

  if (fault === 'refuse') await proxy.refuse()
  else if (span === 'lasting') proxy.faults['*'] = fault
  else proxy.once[command] = fault
  const calls = args ? SIDS.map((sid, i) => begin(...args(sid, sessions[i]!))) : [begin()]
  const inTime = await table.isInTime(Promise.all(calls.map(({ ended }) => ended)))

  await proxy.heal()
  const again = async () => {
    const call = begin(...(args?.('a', sessions[0]!) ?? []))
    await table.isInTime(call.ended)
    return call
  }
  let next = await again()
  // The driver fails one operation for each socket of which it has not yet heard that it has ended
  for (let i = 0; i < 3 && fault === 'refuse' && next.answers[0] !== 'ok'; i++) next = await again()
  const left = [
    ...moreListeners('the store', listeners[0], store),
    ...moreListeners('the connection', listeners[1], store.connection),
    ...(await leftAfterClose(store, proxy)),
  ]
  await proxy.close()
  return { answers: calls.map(({ answers }) => answers), inTime, next: next.answers, left }
}

/** A store that works, with sessions that came from it. */
async function prepared(title: string, way: string) {
  const proxy = await faultyProxy()
  const store = new Store({
    uri: proxy.uri,
    collection: `${fault} ${title} ${process.pid}`.replace(/\W+/g, '_'),
    connectionOptions: table.LIMITS,
    ...(way.startsWith('not batched') ? { batch: false } : {}),
  })
  await store.ready()
  await Promise.all(SIDS.map((sid) => store.set(sid, table.data() as never)))
  const sessions = await Promise.all(SIDS.map(async (sid) => (await store.get(sid))!))
  const hello = await store.db!.command({ hello: 1 })
  retriesWrites = 'setName' in hello || hello.msg === 'isdbgrid'
  return { proxy, store, sessions }
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

  constructor(store: MongoDBStore, name: table.Name, args: readonly unknown[], back: boolean) {
    const method = store[name] as (...args: unknown[]) => Promise<unknown> | undefined
    this.ended = new Promise((resolve) => {
      const answer = (error?: unknown) => {
        this.answers.push(error ? String((error as { code?: unknown }).code) : 'ok')
        resolve()
      }
      if (!back) method.apply(store, [...args])!.then(() => answer(), answer)
      else if (method.apply(store, [...args, answer])) this.answers.push('a promise as well')
    })
  }
}

async function leftAfterClose(store: MongoDBStore, proxy: FaultyProxy): Promise<string[]> {
  const left: string[] = []
  if (!(await table.isInTime(store.close()))) left.push('close')
  if (!(await table.isInTime(proxy.left()))) left.push('a socket')
  return left
}

/** What keeps the process alive, but for its own output. Handles go a few turns after their end. */
async function resourcesLeft(): Promise<string[]> {
  const start = performance.now()
  for (;;) {
    const left = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap')
    if (left.length === 0 || performance.now() - start > table.PATIENCE_MS) return left
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
