/** What the benchmark's command line asks for. */
import { ROOT } from '../docs/support/pages'

interface Settings {
  delay: number
  connections: number[]
  warmUpConnections: number[]
  stores: string[]
  sections: string[]
  page: { rounds: number; turns: number; pages: number }
  whole: boolean
}
const { settingsFrom } = require('../../bench/settings') as {
  settingsFrom(args: string[]): Settings
}

it('a whole run measures at least three hundred pages of each kind, with 1 ms each way', () => {
  const { page, delay, sections, whole, stores } = settingsFrom([])
  expect(page.rounds * page.turns * page.pages).toBeGreaterThanOrEqual(300)
  expect(sections).toContain('page')
  expect({ delay, whole }).toEqual({ delay: 1, whole: true })
  expect(stores).not.toContain('against')
})

it('only a whole run becomes the results of docs/', () => {
  for (const option of [
    ['--delay', '0'],
    ['--connections', '1'],
    ['--against', ROOT],
    ['--quick'],
  ]) {
    expect(settingsFrom(option).whole).toBe(false)
  }
})

it('--delay is a number of ms, or none', () => {
  expect(settingsFrom(['--delay', '2.5']).delay).toBe(2.5)
  expect(settingsFrom(['--delay', '0']).delay).toBe(0)
  for (const wrong of ['-1', 'long', '']) {
    expect(() => settingsFrom([`--delay=${wrong}`])).toThrow('--delay: a number of ms, or 0')
  }
})

it('--connections are those of the load, and of its warm-up', () => {
  const one = settingsFrom(['--connections', '1'])
  expect([one.connections, one.warmUpConnections]).toEqual([[1], [1]])
  const two = settingsFrom(['--connections', '1,50'])
  expect([two.connections, two.warmUpConnections]).toEqual([
    [1, 50],
    [50, 1],
  ])
  expect(() => settingsFrom(['--connections', '7'])).toThrow('--connections: 7 is none of 1, 10')
})

it('--against brings another build along, and says what to do where there is none', () => {
  expect(settingsFrom(['--against', ROOT, '--stores', 'ours']).stores).toEqual(['ours', 'against'])
  expect(() => settingsFrom(['--against', 'nowhere'])).toThrow('npm run build there')
})
