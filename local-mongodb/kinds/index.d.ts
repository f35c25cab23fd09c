// The interface of each kind of server

export interface Started {
  uri: string
  kind: string
  /** The path of the binary, if it is a mongod */
  mongod?: string
  /** Called at most once */
  release(): Promise<void>
}

interface StarterOptions {
  log(line: string): void
  /** No other kind will be tried: it may take longer */
  only: boolean
}

/** Rejects with the reason if there is no such server. */
export type Starter = (options: StarterOptions) => Promise<Started>
