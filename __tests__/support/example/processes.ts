/** Processes of the machine. */
import { execFileSync } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'

/** The children of the process, their children and so on. */
export function descendantsOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim()
  const pairs = lines.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const under = (parent: number): number[] =>
    pairs.flatMap(([child, its]) => (its === parent ? [child!, ...under(child!)] : []))
  return under(pid)
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** After the end of its parent, another process reaps a child a moment later. */
export async function allEnded(pids: number[]): Promise<void> {
  while (pids.some(isRunning)) await setImmediate()
}
