/** The faults of a connection, the methods to call, and the ways to call them. */
import { timeLimit } from '../../src/connection/time-limit'
import type { StoreOperation } from '../../src/operations/tracing'
import type { Fault } from './faulty-proxy'

/** Short time limits of the driver, and frequent heartbeats to notice that the server is back. */
export const LIMITS = {
  connectTimeoutMS: 400,
  socketTimeoutMS: 400,
  serverSelectionTimeoutMS: 900,
  heartbeatFrequencyMS: 500,
  minHeartbeatFrequencyMS: 50,
}

/** The store's time limit, and half of it more for a busy machine. */
export const PATIENCE_MS = 1.5 * timeLimit(LIMITS)

/** Counted in ticks: time in which the process could not run does not count. */
const TICK_MS = 25

/** Whether it ends within the limits. */
export async function isInTime(ending: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    let ticks = PATIENCE_MS / TICK_MS
    timer = setInterval(() => --ticks <= 0 && resolve(false), TICK_MS)
  })
  const inTime = await Promise.race([ending.then(() => true), late])
  clearInterval(timer)
  return inTime
}

/** Each fault, for the names of tests: a server that … */
export const FAULTS: Readonly<Record<'refuse' | Exclude<Extract<Fault, string>, 'drip'>, string>> =
  {
    refuse: 'refuses connections',
    reset: 'resets connections',
    hang: 'never answers',
    delay: 'answers late',
    cut: 'cuts its answers in the middle',
    lose: 'does what it is told, and loses its answers',
  }

type Name = StoreOperation | 'sessions'

export interface Method {
  readonly name: Name
  /** How its error's message begins, before the sid. */
  readonly beginning: string
  /** Its command on the wire. */
  readonly command: string
  /** Whether the driver retries it: reads always, writes of one record if the server supports it. */
  readonly retried: 'always' | 'by replica sets' | 'never'
  /** Its first argument, for the session of `sid`. Undefined: the method is about many sessions. */
  readonly sid?: (sid: string) => string
  /** The other arguments; `session` is the loaded one. */
  readonly args?: (session: object) => readonly unknown[]
  /** The fault begins in the middle of the call. */
  readonly isUnderWay?: true
}

const read = { command: 'find', retried: 'always' } as const
const write = { command: 'update', retried: 'by replica sets' } as const
const remove = { command: 'delete' } as const
const same = (sid: string) => sid

const CASES = {
  get: { name: 'get', beginning: 'Error finding', ...read, sid: same },
  'set of a new session': {
    name: 'set',
    beginning: 'Error setting',
    ...write,
    sid: (sid) => `new-${sid}`,
    args: () => [data()],
  },
  'set of a loaded session': {
    name: 'set',
    beginning: 'Error setting',
    ...write,
    sid: same,
    args: (session) => [Object.assign(session, { changed: Math.random() })],
  },
  touch: {
    name: 'touch',
    beginning: 'Error touching',
    ...write,
    sid: same,
    args: (session) => [Object.assign(session, data())],
  },
  destroy: {
    name: 'destroy',
    beginning: 'Error destroying',
    ...remove,
    retried: 'by replica sets',
    sid: same,
  },
  destroyMany: {
    name: 'destroyMany',
    beginning: 'Error destroying sessions',
    ...remove,
    retried: 'never',
    args: () => [{ 'session.views': 1 }],
  },
  all: { name: 'all', beginning: 'Error gathering sessions', ...read },
  sessions: { name: 'sessions', beginning: 'Error reading sessions', ...read },
  'sessions by a filter': {
    name: 'sessions',
    beginning: 'Error reading sessions',
    ...read,
    args: () => [{ 'session.views': 1 }],
  },
  'sessions that are being read': {
    name: 'sessions',
    beginning: 'Error reading sessions',
    command: 'getMore',
    retried: 'never',
    isUnderWay: true,
  },
  length: {
    name: 'length',
    beginning: 'Error counting sessions',
    ...read,
    command: 'aggregate',
  },
  clear: {
    name: 'clear',
    beginning: 'Error clearing all sessions',
    ...remove,
    retried: 'never',
  },
  recomputeFields: { name: 'recomputeFields', beginning: 'Error recomputing fields', ...read },
} as const satisfies Readonly<Record<string, Method>>

type Tried = (typeof CASES)[keyof typeof CASES]['name']

/** Title → method. It does not compile where a method is missing. */
export const METHODS: Name extends Tried ? Readonly<Record<string, Method>> : never = CASES

const WAYS = ['batched', 'not batched'].flatMap((sending) =>
  ['callback', 'promise'].map((answering) => `${sending}, ${answering}`),
)

/** An iterator takes no callback. */
export function waysOf({ name }: Method): readonly string[] {
  return name === 'sessions' ? WAYS.filter((way) => !way.endsWith('callback')) : WAYS
}

export const SIDS = ['a', 'b', 'c']

/** A session that ends a while from now, later at each call. */
export function data(): object {
  const maxAge = 60_000
  return { cookie: { originalMaxAge: maxAge, expires: new Date(Date.now() + maxAge) }, views: 1 }
}

/** The outcome of one case, which the child process reports. */
export interface Outcome {
  /** For each call each of its answers: `ok`, or the error's code, and its message up to the reason. */
  readonly answers: readonly (readonly string[])[]
  /** Whether every call was answered within the limits. */
  readonly inTime: boolean
  /** The answers to the next call, after the fault. */
  readonly next: readonly string[]
  /** What the closed store has left open. */
  readonly left: readonly string[]
}

/** Whether the fault lasts, or hits a single command. */
export const SPANS = ['lasting', 'momentary'] as const
export type Span = (typeof SPANS)[number]

/** Span, method and way → outcome. */
export type Outcomes = Record<Span, Record<string, Record<string, Outcome>>>

export interface Report {
  /** Whether the server has the driver try a write again. */
  readonly retriesWrites: boolean
  readonly outcomes: Outcomes
  /** What keeps the process alive, and listeners on the process. */
  readonly left: readonly string[]
}
