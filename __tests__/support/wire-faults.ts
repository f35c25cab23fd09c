/** What can go wrong on the wire, for which methods, called in which ways. */
import { timeLimit } from '../../src/connection/time-limit'
import type { Fault } from './faulty-proxy'

/** Small limits of the driver's, and looks at the server as often as it takes to notice its return. */
export const LIMITS = {
  connectTimeoutMS: 400,
  socketTimeoutMS: 400,
  serverSelectionTimeoutMS: 900,
  heartbeatFrequencyMS: 500,
  minHeartbeatFrequencyMS: 50,
}

/** How long the store may take to answer, and half of it again for a machine that is busy. */
export const PATIENCE_MS = 1.5 * timeLimit(LIMITS)

/** What the process itself was kept from is no time that it has taken. */
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

/** Each fault, as it is said of a server. */
export const FAULTS: Readonly<Record<'refuse' | Exclude<Extract<Fault, string>, 'drip'>, string>> =
  {
    refuse: 'refuses connections',
    reset: 'resets connections',
    hang: 'never answers',
    delay: 'answers late',
    cut: 'cuts its answers in the middle',
    lose: 'does what it is told, and loses its answers',
  }

type Name =
  | 'get'
  | 'set'
  | 'touch'
  | 'destroy'
  | 'destroyMany'
  | 'all'
  | 'sessions'
  | 'length'
  | 'clear'

export interface Method {
  readonly name: Name
  /** How its error's message begins, before the sid. */
  readonly beginning: string
  /** Its command on the wire. */
  readonly command: string
  /** Whether the driver tries it again: reads always, writes of a record where the server can tell. */
  readonly retried: 'always' | 'by replica sets' | 'never'
  /** The sid that it is called with, for the session of `sid`; none: it is about many sessions. */
  readonly sid?: (sid: string) => string
  /** What it is called with besides, where `session` was loaded. */
  readonly args?: (session: object) => readonly unknown[]
  /** Begun before the fault, and in the middle when it comes. */
  readonly isUnderWay?: true
}

const read = { command: 'find', retried: 'always' } as const
const write = { command: 'update', retried: 'by replica sets' } as const
const remove = { command: 'delete' } as const
const same = (sid: string) => sid

export const METHODS: Readonly<Record<string, Method>> = {
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
}

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

/** What became of one case; the child process tells it to the test. */
export interface Outcome {
  /** For each call each of its answers: `ok`, or the error's code, and its message up to the reason. */
  readonly answers: readonly (readonly string[])[]
  /** Whether every call was answered within the limits. */
  readonly inTime: boolean
  /** The answers to the next call, when the fault has passed. */
  readonly next: readonly string[]
  /** What was left behind when the store was closed. */
  readonly left: readonly string[]
}

/** Whether the fault lasts, or befalls one command alone. */
export const SPANS = ['lasting', 'momentary'] as const
export type Span = (typeof SPANS)[number]

/** Span, method and way → outcome. */
export type Outcomes = Record<Span, Record<string, Record<string, Outcome>>>

export interface Report {
  /** Whether the server has the driver try a write again. */
  readonly retriesWrites: boolean
  readonly outcomes: Outcomes
  /** What would have kept the process alive, and listeners on the process. */
  readonly left: readonly string[]
}
