// What each way to come by a server has to offer

export interface Started {
  uri: string
  kind: string
  /** The program, where it is a mongod */
  mongod?: string
  /** Called once at most */
  release(): Promise<void>
}

interface StarterOptions {
  log(line: string): void
  /** No other way will be tried after this one, so that patience pays */
  only: boolean
}

/** Throws where it is not possible, with the reason as the message. */
export type Starter = (options: StarterOptions) => Promise<Started>
