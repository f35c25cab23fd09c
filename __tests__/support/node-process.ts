/** Node's own `process`: that of a test is jest's copy, whose listeners Node never calls. */
import { runInThisContext } from 'node:vm'

export const nodeProcess = runInThisContext('process') as NodeJS.Process
