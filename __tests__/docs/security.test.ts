/** SECURITY.md names tests that are there. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

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
    expect(readFileSync(path.join(root, file), 'utf8')).toContain(name)
  },
)
