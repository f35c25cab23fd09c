/** `npm run fuzz`: what it says, and how it ends. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { itInFull } from '../support/in-full'
import { uri } from '../support/server'

const directory = path.join(__dirname, '..')

function fuzz(args: string[], nodeOptions: string[] = []) {
  const env = { ...process.env, MONGODB_URI: uri, LOCAL_MONGODB: 'uri' }
  const script = path.join(directory, 'fuzz')
  return spawnSync(process.execPath, [...nodeOptions, script, ...args], { encoding: 'utf8', env })
}

it('tells how far it has come, and that every promise was kept', () => {
  const { status, stdout } = fuzz(['--runs', '48', '--seed', '1'])
  expect(stdout).toContain('Seed: 1\n48 sequences in ')
  expect(stdout).toContain('Every promise was kept.')
  expect(status).toBe(0)
})

itInFull('ends at a finding, with the shortest sequence, and the command that repeats it', () => {
  const fault = ['--require', path.join(directory, 'support/scripts/broken-touch.js')]
  const { status, stdout } = fuzz([], fault)
  expect(status).toBe(1)
  expect(stdout).toMatch(/turn 1, in process [01].*touch.*where the promise is/s)
  const [, report, args] = /\n(turn 1.*)\nTo repeat it: npm run fuzz -- (.*?)\n/s.exec(stdout)!
  const again = fuzz(args!.split(' '), fault)
  expect(again.stdout).toContain(report)
  expect(again.status).toBe(1)
})

it('tells how it is called to whoever calls it otherwise', () => {
  const { status, stderr } = fuzz(['--minutes', 'some'])
  expect(stderr).toContain('npm run fuzz -- --minutes 5')
  expect(status).toBe(2)
})
