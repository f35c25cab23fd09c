/** An address at which nobody listens, and what a driver says of it. */

export const NOWHERE = 'mongodb://127.0.0.1:9/test'

interface Refused extends Error {
  /** The driver's, with what it knows of each server. */
  readonly cause?: { reason?: { servers?: ReadonlyMap<string, { error: Error | null }> } }
}

/**
 * The error of an attempt to connect there in the time that it is given. On a busy machine that can pass before
 * the driver has been refused: then the attempt is made once more, with more time.
 */
export async function refused(
  attempt: (limits: { serverSelectionTimeoutMS: number }) => Promise<unknown>,
): Promise<Refused> {
  for (let limit = 50; ; limit *= 4) {
    const error = (await attempt({ serverSelectionTimeoutMS: limit })) as Refused
    const servers = [...(error?.cause?.reason?.servers?.values() ?? [])]
    if (servers.length === 0 || servers.some((server) => server.error)) return error
  }
}
