/** A server that tests may kill. If the machine has none, they are skipped, with the reason in their names. */
import { type DurableServer, findDurableServer } from 'local-mongodb'
import { closedLater } from './server'

// Before the first test, whose time limit the first build of FerretDB would exceed
const found = findDurableServer({
  mongod: process.env.TEST_MONGOD,
  log: (line) => process.stderr.write(`${line}\n`),
})

/** Tests that need such a server. */
export function describeWithDurableServer(name: string, body: () => void): void {
  if ('missing' in found) describe.skip(`${name} [${found.missing}]`, body)
  else describe(`${name} [${found.description}]`, body)
}

/** Not started yet; it is stopped, with its data, when the test ends. */
export async function newDurableServer(): Promise<DurableServer> {
  if ('missing' in found) throw new Error(found.missing)
  const server = await found.create()
  closedLater({ close: () => server.stop() })
  return server
}
