/** Every method, called in every way, while every fault is on the wire; in a process of its own. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { hashOf } from '../../src/operations/tracing'
import { describeInFull } from '../support/in-full'
import {
  FAULTS,
  METHODS,
  type Method,
  type Outcome,
  type Report,
  SIDS,
  type Span,
  waysOf,
} from '../support/wire-faults'

const SCRIPTS = path.join(__dirname, '../support/scripts')

/** One that the driver notices, and one that only a time limit ends. */
const IN_SHORT = ['reset', 'hang']

for (const [fault, does] of Object.entries(FAULTS)) {
  const group = IN_SHORT.includes(fault) ? describe : describeInFull
  group(`a server that ${does}`, () => {
    let report: Report
    beforeAll(async () => {
      report = await reportOf(fault)
    })

    it.each(Object.keys(METHODS))(
      'has each %s answered once, in time, and with what became of it',
      (method) => {
        expect(report.outcomes.lasting[method]).toEqual(expected(fault, 'lasting', method, report))
      },
    )

    // A server that refuses connections does so to all of them
    if (fault !== 'refuse') {
      it.each(Object.keys(METHODS))(
        'and does so once, fails no more than one %s, or a batch of it',
        (method) => {
          const outcomes = report.outcomes.momentary[method]
          expect(outcomes).toEqual(expected(fault, 'momentary', method, report))
        },
      )
    }

    it('leaves no rejection, listener, socket or timer behind', () => {
      expect(report.left).toEqual([])
    })
  })
}

/** What became of the stores. It fails where the process does not end well and by itself. */
async function reportOf(fault: string): Promise<Report> {
  const script = path.join(SCRIPTS, 'run-wire-faults.ts')
  const flags = [
    '--unhandled-rejections=strict',
    `--require=${path.join(SCRIPTS, 'typescript.js')}`,
  ]
  const child = promisify(execFile)(process.execPath, [...flags, script, fault], {
    timeout: 80_000,
  })
  return JSON.parse((await child).stdout) as Report
}

/** Way → outcome. A batch is one command, so that all of its calls are answered alike. */
function expected(fault: string, span: Span, title: string, report: Report) {
  const method = METHODS[title]!
  const isFine = isDone(fault, span, title, report)
  const outcomes = waysOf(method).map((way): [string, Outcome] => {
    const areOthersFine = isFine || (span === 'momentary' && way.startsWith('not batched'))
    const answers = method.sid
      ? SIDS.map((sid, i) => [(i === 0 ? isFine : areOthersFine) ? 'ok' : failure(method, sid)])
      : [[isFine ? 'ok' : failure(method)]]
    return [way, { answers, inTime: true, next: ['ok'], left: [] }]
  })
  return Object.fromEntries(outcomes)
}

/** With the operation's code, and a message that names the operation and the hash of the sid. */
function failure({ name, beginning, ...method }: Method, sid?: string): string {
  const code = name.replace(/[A-Z]/g, '_$&').toUpperCase()
  return [`ERR_MONGODB_STORE_${code}:`, beginning, sid && hashOf(method.sid!(sid))]
    .filter(Boolean)
    .join(' ')
}

/** Whether the caller gets what it asked for: where it only has to wait, or the driver tries again. */
function isDone(fault: string, span: Span, method: string, { retriesWrites }: Report): boolean {
  if (fault === 'delay') return true
  if (span === 'lasting') return false
  const { retried } = METHODS[method]!
  return retried === 'always' || (retried === 'by replica sets' && retriesWrites)
}
