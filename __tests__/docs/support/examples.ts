/** Runs the examples of a page against the server of the tests. */
import diagnostics from 'node:diagnostics_channel'
import { withDatabase } from 'local-mongodb'
import ts from 'typescript'
import { closedLater, uniqueName, uri } from '../../support/server'
import { moduleOf } from './modules'
import { type Example, examplesOn } from './pages'

import connect = require('../../../src')

/** What an example has declared, by name. */
type Declared = Record<string, unknown>

export interface Examples<G extends object> {
  /**
   * Runs the code under a heading (the first block, or the one at `index`) with what the surroundings
   * declare and the test gives, and returns what it has declared.
   */
  run(heading: string, given?: Partial<G>, index?: number): Promise<Declared>
  /** Those that are to be run and have not been, by heading. */
  notRun(): string[]
}

/** Where the examples say that their server is. */
const ADDRESS = 'mongodb://localhost/app'

/** Where it is: a page names no collection, and those of two pages have different indexes. */
export const pageUri = withDatabase(uri, uniqueName('page'))

export function examplesOf<G extends object>(page: string): Examples<G> {
  const examples = examplesOn(page).filter(({ how }) => how === 'run')
  const left = new Set(examples)
  return {
    async run(heading, given = {}, index = 0) {
      const example = examples.filter((each) => each.heading === heading)[index]
      if (!example) throw new Error(`${page} has no example to run under "${heading}"`)
      left.delete(example)
      return runExample(example, given)
    },
    notRun: () => [...left].map(({ heading }) => heading),
  }
}

/** Runs it, with what the surroundings declare and the test gives, and returns what it has declared. */
export async function runExample(example: Example, given: object): Promise<Declared> {
  const text = moduleOf(example).replaceAll(ADDRESS, pageUri)
  const { outputText, diagnostics: faults = [] } = ts.transpileModule(text, {
    // JavaScript as what it is: a type in it is a fault
    fileName: `example.${example.language}`,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
      allowJs: true,
    },
  })
  if (faults.length > 0) {
    const messages = faults.map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, '\n'))
    throw new SyntaxError(`${example.page}:${example.line}: ${messages.join('; ')}`)
  }
  const load = (name: string): unknown => {
    if (name === 'express-mongoose-session') return thePackage
    if (name === 'node:diagnostics_channel') return { ...diagnostics, tracingChannel }
    return name.startsWith('./') ? surroundings(example, given) : require(name)
  }
  const exported: { example?: () => Promise<Declared> } = {}
  new Function('require', 'exports', outputText)(load, exported)
  return (exported.example as () => Promise<Declared>)()
}

/** A name that the test does not give is a mistake, and no `undefined`. */
function surroundings({ page, heading }: Example, given: object): object {
  return new Proxy(given, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name)
      throw new Error(`${page}: the example under "${heading}" is not given ${String(name)}`)
    },
  })
}

/** The class, whose stores are closed when the test ends. */
export const StoreThatIsClosed = new Proxy(connect.MongoDBStore, {
  construct: (target, args, newTarget) =>
    closedLater(Reflect.construct(target, args, newTarget) as connect.MongoDBStore),
})
const thePackage = Object.assign(() => StoreThatIsClosed, connect, {
  MongoDBStore: StoreThatIsClosed,
})

/** The channels are Node's own, and outlive a test file. */
const subscribed: (() => void)[] = []
function tracingChannel(name: string) {
  const { start, asyncEnd, error } = diagnostics.tracingChannel(name)
  const until = (channel: diagnostics.Channel) => ({
    subscribe(listener: diagnostics.ChannelListener) {
      channel.subscribe(listener)
      subscribed.push(() => channel.unsubscribe(listener))
    },
  })
  return { start: until(start), asyncEnd: until(asyncEnd), error: until(error) }
}
afterAll(() => {
  for (const unsubscribe of subscribed.splice(0)) unsubscribe()
})
