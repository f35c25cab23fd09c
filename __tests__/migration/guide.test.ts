/** docs/migration.md: its code is that of the tests, and its tables leave out no option. */
import session from 'express-session'
import { resolveOptions } from '../../src/options/resolved-options'
import { blocksOf, excerpt, read } from '../support/excerpts'
import { connectMongoDBSessionClosedLater } from '../support/other-stores'
import { uniqueName, uri } from '../support/server'

const GUIDE = 'docs/migration.md'

describe('the code of the guide', () => {
  const blocks = blocksOf(GUIDE)

  it.each(blocks.filter(({ source }) => source))('is that of $source', ({ source, code }) => {
    expect(code).toBe(excerpt(source as string))
  })

  it('is nowhere without a test', () => {
    const untested = blocks.filter(({ source, language }) => !source && language !== 'sh')
    expect(untested).toEqual([])
    expect(blocks.length).toBeGreaterThan(8)
  })
})

/** The rows of the options under a heading: theirs, and what is said of ours. */
function tableUnder(heading: string): Map<string, string> {
  const [, section = ''] = read(GUIDE).split(`\n${heading}\n`)
  const [own = ''] = section.split(/\n## /)
  const rows = [...own.matchAll(/^\| `(\w+)`[^|]*\| ([^|]*)\|/gm)]
  return new Map(rows.map(([, theirs = '', ours = '']) => [theirs, ours.trim()]))
}

/** Whether ours has no option of this name. */
function isRefused(option: string): boolean {
  try {
    resolveOptions({ [option]: undefined })
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return true
  }
}

describe('the table of the options', () => {
  const ours = Object.getOwnPropertyNames(resolveOptions({}))

  it('of connect-mongodb-session has each of them, and each is one of ours', () => {
    const Class = require('connect-mongodb-session')(session)
    // A collection of its own: on another's it may not get its index
    const store = connectMongoDBSessionClosedLater(new Class({ uri, collection: uniqueName() }))
    // It leaves out one whose default is null
    const options = [...Object.keys(store.options), 'connectionOptions']
    expect([...tableUnder('## From connect-mongodb-session').keys()].sort()).toEqual(options.sort())
    expect(ours).toEqual(expect.arrayContaining(options))
  })

  it('of connect-mongo has each of them, and says which of ours it is or that there is none', () => {
    const types = read('node_modules/connect-mongo/dist/index.d.cts')
    const [, declared = ''] = /type ConnectMongoOptions<.*?= \{\n([\s\S]*?)\n\};/.exec(types) ?? []
    const options = [...declared.matchAll(/^ {2}(\w+)\?:/gm)].map(([, option]) => option)
    const table = tableUnder('## From connect-mongo')
    expect([...table.keys()].sort()).toEqual(options.sort())
    for (const [theirs, counterpart] of table) {
      const named = [...counterpart.matchAll(/`(\w+)`/g)].map(([, option]) => option as string)
      expect([theirs, ours]).toEqual([theirs, expect.arrayContaining(named)])
      expect([theirs, isRefused(theirs)]).toEqual([theirs, !named.includes(theirs)])
    }
  })
})
