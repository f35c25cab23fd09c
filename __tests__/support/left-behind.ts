/** What a test leaves behind: what it opened is closed, and a warning of a store that it did not expect fails it. */
import { setImmediate as turn } from 'node:timers/promises'
import { nodeProcess } from './node-process'

const leftOpen: { close(): Promise<unknown> }[] = []

/** Closes it when the test ends, after what was opened later: a store before its connection. */
export function closedLater<C extends { close(): Promise<unknown> }>(closable: C): C {
  leftOpen.push(closable)
  return closable
}

interface Warning extends Error {
  readonly code?: string
}

let unexpected: Warning[] = []

/** Node's own, which prints. */
const printers = nodeProcess.listeners('warning') as ((warning: Warning) => void)[]

function hear(warning: Warning): void {
  if (warning.name === 'MongoDBStoreWarning') unexpected.push(warning)
  else for (const print of printers) print(warning)
}

/** The warnings of stores with the code that the process had up to now: they fail nothing, and are not printed. */
export async function expectedWarnings(code: string): Promise<Warning[]> {
  await turn()
  const expected = unexpected.filter((warning) => warning.code === code)
  unexpected = unexpected.filter((warning) => warning.code !== code)
  return expected
}

/** Throws if there was any other. */
export async function noOtherWarnings(): Promise<void> {
  await turn()
  const [warning] = unexpected.splice(0)
  if (warning) throw new Error(`an unexpected ${warning.code}: ${warning.message}`)
}

beforeAll(() => void nodeProcess.removeAllListeners('warning').on('warning', hear))

afterEach(async () => {
  const failures: unknown[] = []
  for (const each of leftOpen.splice(0).reverse()) {
    await each.close().catch((error) => failures.push(error)) // all of them, whichever fails
  }
  if (failures.length > 0) throw failures[0]
})
afterEach(noOtherWarnings)

afterAll(() => {
  nodeProcess.off('warning', hear)
  for (const print of printers) nodeProcess.on('warning', print)
})
