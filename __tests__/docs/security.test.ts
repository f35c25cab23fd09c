/** SECURITY.md names tests that are there. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { testTitlesIn } from './support/test-titles'

const root = path.join(__dirname, '../..')
const page = readFileSync(path.join(root, 'SECURITY.md'), 'utf8')
const promises = [...page.matchAll(/^\| .* \| \[[^\]]+\]\(([^)]+)\): `([^`]+)` \|$/gm)]
const rows = page.match(/^\| (?!promise |---).*$/gm)

it('every promise of SECURITY.md names a test', () => {
  expect(rows?.length).toBeGreaterThan(10)
  expect(promises).toHaveLength(rows?.length as number)
})

it.each(promises.map(([, file, name]) => [file, name] as [string, string]))(
  '%s has the test "%s"',
  (file, name) => {
    expect(existsSync(path.join(root, file))).toBe(true)
    expect(testTitlesIn(readFileSync(path.join(root, file), 'utf8'))).toContain(name)
  },
)

it.each([
  ["it('a')", true],
  ["it.each([1])('a')", true],
  ["it.each([['a', 1]])('%s')", true],
  [
    "const rows = [{ name: 'a' }]; describe.each(['b'])('%s', () => { it.each(rows)('$name') })",
    true,
  ],
  ["itIfServerHas('drop', 'a')", true],
  ["// it('a')", false],
  ["it.skip('a')", false],
  ["xit('a')", false],
  ["it.skip.each([1])('a')", false],
  ["describe.skip('b', () => { it('a') })", false],
  ["it.todo('a')", false],
  ["it('a b')", false],
  ["const name = 'a'", false],
])('a test "a" is named by %s: %p', (code, isNamed) => {
  expect(testTitlesIn(code).has('a')).toBe(isNamed)
})
