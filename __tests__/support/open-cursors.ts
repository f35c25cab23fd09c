/** The open cursors of a client, by its commands and their replies. */
import { EventEmitter, once } from 'node:events'
import type { mongo } from 'mongoose'

export interface OpenCursors {
  /** Their ids. */
  readonly ids: ReadonlySet<string>
  /** How many were opened so far. */
  readonly opened: number
  /** Resolves when there is none. */
  closed(): Promise<void>
}

/** @param client whose connection was opened with `monitorCommands` */
export function openCursors(client: mongo.MongoClient): OpenCursors {
  const ids = new Set<string>()
  const changes = new EventEmitter()
  let opened = 0
  const remove = (id: string) => ids.delete(id) && changes.emit('change')
  client.on('commandSucceeded', ({ commandName, reply }) => {
    const id = String((reply as { cursor?: { id: unknown } }).cursor?.id ?? 0)
    if (commandName === 'find' && id !== '0') {
      ids.add(id)
      opened++
    }
    const { cursorsKilled = [] } = reply as { cursorsKilled?: unknown[] }
    for (const killed of cursorsKilled) remove(String(killed))
  })
  const asked = new Map<number, string>()
  client.on('commandStarted', ({ commandName, command, requestId }) => {
    if (commandName === 'getMore') asked.set(requestId, String(command.getMore))
  })
  client.on('commandSucceeded', ({ commandName, reply, requestId }) => {
    if (commandName !== 'getMore') return
    const { cursor } = reply as { cursor: { id: unknown } }
    if (String(cursor.id) === '0') remove(asked.get(requestId) as string)
  })
  return {
    ids,
    get opened() {
      return opened
    },
    async closed() {
      while (ids.size > 0) await once(changes, 'change')
    },
  }
}
