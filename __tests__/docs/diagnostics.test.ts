/** What the examples of docs/diagnostics.md do, one of them with OpenTelemetry itself. */
import { createHash } from 'node:crypto'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import express from 'express'
import { closedLater, newStore, sessionData } from '../support/server'
import { serve, Visitor } from '../support/visitor'
import { examplesOf } from './support/examples'
import { read } from './support/pages'

const page = examplesOf<typeof import('./surroundings/diagnostics')>('docs/diagnostics.md')
const hashOf = (sid: string) => createHash('sha256').update(sid).digest('hex').slice(0, 16)

it('a subscriber is told of the operation, with the fields of the table', async () => {
  const logged: unknown[] = []
  await page.run('Diagnostics', { console: { log: (message) => void logged.push(message) } })
  await newStore().get('a')
  expect(logged).toMatchObject([{ operation: 'get', sidHash: hashOf('a') }])
  const [, table = ''] = read('docs/diagnostics.md').split('| field | |')
  const fields = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field)
  // Node adds `result`, here without a value
  const { result, ...message } = logged[0] as Record<string, unknown>
  expect(result).toBeUndefined()
  expect(fields.sort()).toEqual(Object.keys(message).sort())
})

it('slow operations are logged, and others are not', async () => {
  const lines: string[] = []
  const given = { logger: { warn: (line: string) => void lines.push(line) }, limit: 1000 }
  const encode = async (session: object) => {
    // As slow as a server that is far away
    await new Promise((resolve) => setTimeout(resolve, 'slow' in session ? 1100 : 0))
    return session
  }
  const store = newStore({ codec: { encode, decode: (stored) => stored } })
  await store.ready()
  await page.run('Slow operations', given)
  // The first operation of a process takes longest, and by far on a busy machine
  await store.set('a', sessionData())
  lines.length = 0
  await store.set('a', sessionData())
  await store.set('b', sessionData({ slow: true }))
  expect(lines).toEqual([expect.stringMatching(`^set of session ${hashOf('b')} took \\d+ ms: ok$`)])
})

it('percentiles and failures can be asked for', async () => {
  const app = express()
  await page.run('Percentiles', { app })
  const store = newStore()
  await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))
  await store.get('').catch(() => {})
  const visitor = new Visitor(closedLater(await serve(app)).address)
  const { gets, p50, p99, failures } = await visitor.json('/metrics')
  expect([gets, failures]).toEqual([4, { ERR_MONGODB_STORE_SID: 1 }])
  expect(p50).toBeGreaterThan(0)
  expect(Number(p99)).toBeGreaterThanOrEqual(Number(p50))
})

describe('OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(provider)
    await page.run('OpenTelemetry')
  })
  beforeEach(() => exporter.reset())
  afterAll(async () => {
    await provider.shutdown()
    trace.disable()
    context.disable()
    // Where the API keeps what is registered; Jest warns of what outlives a test file
    Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'))
  })

  /** Does it as a request that has a span, and gives the spans that came of it. */
  async function inRequest(name: string, work: () => Promise<unknown>): Promise<ReadableSpan[]> {
    const request = trace.getTracer('app').startSpan(name)
    await context.with(trace.setSpan(context.active(), request), work)
    request.end()
    const { spanId } = request.spanContext()
    return exporter.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === spanId)
  }

  it('an operation is a span under its request, with what is known of it', async () => {
    const store = newStore()
    const spans = await inRequest('GET /', () => store.set('a', sessionData({ card: '4111' })))
    expect(spans).toHaveLength(1)
    const [span] = spans as [ReadableSpan]
    expect(span.name).toBe('session set')
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span.attributes).toEqual({
      'db.system.name': 'mongodb',
      'db.collection.name': store.model.collection.collectionName,
      'session.operation': 'set',
      'session.hash': hashOf('a'),
    })
  })

  it('each of a batch is under its own request, of the same trace', async () => {
    const store = newStore()
    await store.ready()
    const [ofOne, ofTwo] = await Promise.all([
      inRequest('GET /one', () => store.get('one')),
      inRequest('GET /two', () => store.get('two')),
    ])
    expect(ofOne.map(({ attributes }) => attributes['session.hash'])).toEqual([hashOf('one')])
    expect(ofTwo.map(({ attributes }) => attributes['session.hash'])).toEqual([hashOf('two')])
    for (const span of [...ofOne, ...ofTwo]) {
      expect(span.spanContext().traceId).toBe(span.parentSpanContext?.traceId)
    }
  })

  it('a failure has the status of an error, and its code', async () => {
    const store = newStore()
    const failing = () => store.destroyMany({}).catch(() => {})
    const [span] = await inRequest('POST /logout', failing)
    expect(span?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'ERR_MONGODB_STORE_FILTER',
    })
    expect(span?.attributes).toMatchObject({ 'error.type': 'ERR_MONGODB_STORE_FILTER' })
    expect(span?.attributes).not.toHaveProperty('session.hash')
  })
})

it('every example of the page is run', () => {
  expect(page.notRun()).toEqual([])
})
