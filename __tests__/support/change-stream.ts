/** Change streams of the tests' own, for a server that has none. */
export type Change = { operationType: string; documentKey?: { _id: string } }

/** In place of a change stream, which only a replica set or a sharded cluster has. */
export class Stream {
  isClosed = false
  #changes: (Change | Error)[] = []
  #wake = () => {}

  give(...changes: (Change | Error)[]): void {
    this.#changes.push(...changes)
    this.#wake()
  }

  async next(): Promise<Change> {
    for (;;) {
      if (this.isClosed) throw new Error('ChangeStream is closed')
      const change = this.#changes.shift()
      if (change instanceof Error) throw change
      if (change) return change
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.#wake()
  }
}

export const end = (_id: string): Change => ({ operationType: 'delete', documentKey: { _id } })

/** Has the model give such streams, and returns those that it has given. */
export function streamsOf(model: object): Stream[] {
  const streams: Stream[] = []
  Object.assign(model, {
    watch: () => {
      const stream = new Stream()
      streams.push(stream)
      return stream
    },
  })
  return streams
}
