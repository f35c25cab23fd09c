/** What can go wrong on the wire, for which methods, called in which ways. */
import type { Fault } from './faulty-proxy'

/** Small limits of the driver's, and looks at the server as often as it takes to notice its return. */
export const LIMITS = {
  connectTimeoutMS: 400,
  socketTimeoutMS: 400,
  serverSelectionTimeoutMS: 900,
  heartbeatFrequencyMS: 500,
  minHeartbeatFrequencyMS: 50,
}

/** How long the driver may take, with its one retry; and as much again for a machine that is busy. */
export const PATIENCE_MS =
  4 * (LIMITS.serverSelectionTimeoutMS + LIMITS.connectTimeoutMS + LIMITS.socketTimeoutMS)

/** Whether it ends within the limits. */
export async function isInTime(ending: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, false)
  })
  const inTime = await Promise.race([ending.then(() => true), late])
  clearTimeout(timer)
  return inTime
}

/** Each fault, as it is said of a server. */
export const FAULTS: Readonly<Record<'refuse' | Extract<Fault, string>, string>> = {
  refuse: 'refuses connections',
  reset: 'resets connections',
  hang: 'never answers',
  delay: 'answers late',
  cut: 'cuts its answers in the middle',
  lose: 'does what it is told, and loses its answers',
}

export type Name = 'get' | 'set' | 'touch' | 'destroy' | 'all' | 'length' | 'clear'

export interface Method {
  readonly name: Name
  /** Its command on the wire. */
  readonly command: string
  /** Whether the driver tries it again: reads always, writes of a record where the server can tell. */
  readonly retried: 'always' | 'by replica sets' | 'never'
  /** What it is called with, where `session` was loaded under `sid`; none: it takes no sid. */
  readonly args?: (sid: string, session: object) => readonly unknown[]
}

const read = { command: 'find', retried: 'always' } as const
const write = { command: 'update', retried: 'by replica sets' } as const

export const METHODS: Readonly<Record<string, Method>> = {
  get: { name: 'get', ...read, args: (sid) => [sid] },
  'set of a new session': { name: 'set', ...write, args: (sid) => [`new-${sid}`, data()] },
  'set of a loaded session': {
    name: 'set',
    ...write,
    args: (sid, session) => [sid, Object.assign(session, { changed: Math.random() })],
  },
  touch: {
    name: 'touch',
    ...write,
    args: (sid, session) => [sid, Object.assign(session, data())],
  },
  destroy: { name: 'destroy', ...write, command: 'delete', args: (sid) => [sid] },
  all: { name: 'all', ...read },
  length: { name: 'length', ...read, command: 'aggregate' },
  clear: { name: 'clear', command: 'delete', retried: 'never' },
}

export const WAYS = ['batched', 'not batched'].flatMap((sending) =>
  ['callback', 'promise'].map((answering) => `${sending}, ${answering}`),
)

/** A session that ends a while from now, later at each call. */
export function data(): object {
  const maxAge = 60_000
  return { cookie: { originalMaxAge: maxAge, expires: new Date(Date.now() + maxAge) }, views: 1 }
}

/** What became of one case; the child process tells it to the test. */
export interface Outcome {
  /** For each call each of its answers: `ok`, or the code of the error. */
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
