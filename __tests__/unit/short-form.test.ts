/** `npm test` and `npm run test:all`: what the one leaves out is named, and what both find is counted once. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MARK } from '../support/in-full'
import SkippedReporter from '../support/skipped-reporter'

describe('the list of skipped tests', () => {
  const skipped = (...titles: string[]) => ({
    status: 'pending',
    fullName: titles.join(' '),
    title: titles.at(-1)!,
    ancestorTitles: titles.slice(0, -1),
  })

  it('names each test, and a group that runs only in full once, with how many are in it', () => {
    const lines: unknown[] = []
    const error = jest.spyOn(console, 'error').mockImplementation((line) => void lines.push(line))
    const tests = [
      skipped('a server', 'is slow [there is none]'),
      skipped('a server', `dies ${MARK}`, 'once'),
      skipped('a server', `dies ${MARK}`, 'twice'),
      skipped(`a test ${MARK}`),
      { ...skipped('a server', 'answers'), status: 'passed' },
    ]
    const testFilePath = path.join(__dirname, 'some.test.ts')
    const file = { testFilePath, testResults: tests }
    new SkippedReporter({}).onRunComplete(undefined, { testResults: [file] })
    error.mockRestore()
    expect(lines).toEqual([
      'skipped: a server is slow [there is none]',
      `left out: ${path.join('unit', 'some.test.ts')}: a server dies ${MARK}: 2 tests`,
      `left out: ${path.join('unit', 'some.test.ts')}: a test ${MARK}`,
    ])
  })
})

describe('the sum of two runs', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'results-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  const file = (name: string, ...statuses: string[]) => ({
    name,
    status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
    assertionResults: statuses.map((status) => ({ status })),
  })

  function sum(failedCommands: number, ...runs: ReturnType<typeof file>[][]): string {
    const names = runs.map((testResults, i) => {
      const name = path.join(directory, `${i}.json`)
      writeFileSync(name, JSON.stringify({ testResults }))
      return name
    })
    const script = path.join(__dirname, '../../scripts/count-results.js')
    const args = [script, `${failedCommands}`, ...names]
    return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
  }

  it('has a file that ran in both forms once, as it was in full', () => {
    const short = [file('a', 'passed', 'pending'), file('b', 'passed')]
    expect(sum(0, short, [file('a', 'passed', 'passed')])).toBe('3 passed, 0 failed, 0 skipped')
  })

  it('has what failed in either form', () => {
    const short = [file('a', 'failed', 'pending')]
    expect(sum(1, short, [file('a', 'passed', 'passed')])).toBe('2 passed, 1 failed, 0 skipped')
    expect(sum(1, [file('a', 'passed')], [file('a', 'failed')])).toBe(
      '0 passed, 1 failed, 0 skipped',
    )
  })

  it('has a file that could not be loaded, and a command that failed without a failed test', () => {
    expect(sum(1, [file('a')], [])).toBe('0 passed, 1 failed, 0 skipped')
    expect(sum(2, [file('a', 'passed')], [])).toBe('1 passed, 2 failed, 0 skipped')
    expect(sum(2, [file('a', 'failed')], [])).toBe('0 passed, 2 failed, 0 skipped')
  })
})
