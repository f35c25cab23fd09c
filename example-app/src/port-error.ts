/** Explains why the app cannot listen on its port. */

/** What this app answers at this path: it tells another instance from another program. */
export const IDENTITY_PATH = '/who'
export const IDENTITY = 'express-mongoose-session example'

/** Replaces an error of `listen`; resolves to undefined if the port is not the reason. */
export async function portError(error: unknown, port: number): Promise<Error | undefined> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const another = `PORT=${port === 65_535 ? 3000 : port + 1} npm run example`
  if (code === 'EACCES') return new Error(`Port ${port} needs rights that you lack: ${another}`)
  if (code !== 'EADDRINUSE') return
  const isOurs = await isThisApp(`http://localhost:${port}${IDENTITY_PATH}`)
  return new Error(
    isOurs
      ? `The example runs already: http://localhost:${port}. For another one: ${another}`
      : `Port ${port} is taken by another program: ${another}`,
  )
}

async function isThisApp(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(1000), redirect: 'error' })
    return answer.ok && (await answer.text()) === IDENTITY
  } catch {
    return false
  }
}
