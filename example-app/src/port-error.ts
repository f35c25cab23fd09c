/** A port that is taken: by whom, and what to do. */

/** Where to ask, and what this app answers. */
export const WHO_PATH = '/who'
export const WHO = 'express-mongoose-session example'

/** The error to show in place of one from `listen`; undefined where the port is not what is wrong. */
export async function portProblem(error: unknown, port: number): Promise<Error | undefined> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const another = `PORT=${port === 65_535 ? 3000 : port + 1} npm run example`
  if (code === 'EACCES') return new Error(`Port ${port} needs rights that you lack: ${another}`)
  if (code !== 'EADDRINUSE') return
  const isOurs = await isThisApp(`http://localhost:${port}${WHO_PATH}`)
  return new Error(
    isOurs
      ? `The example runs already: http://localhost:${port}. For another one: ${another}`
      : `Port ${port} is taken by another program: ${another}`,
  )
}

async function isThisApp(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(1000), redirect: 'error' })
    return answer.ok && (await answer.text()) === WHO
  } catch {
    return false
  }
}
