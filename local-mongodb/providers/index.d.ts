// The interface of each way to get a server

export interface ProvidedServer {
  uri: string
  description: string
  /** The path of the binary, if it is a mongod */
  mongod?: string
  /** Called at most once */
  stop(): Promise<void>
}

interface ProviderOptions {
  log(line: string): void
  /** Whether no other is tried: it may then take longer */
  isOnlyProvider: boolean
}

/** Rejects with the reason if there is no such server. */
export type Provider = (options: ProviderOptions) => Promise<ProvidedServer>
