// Which module may import which: `npm run check:imports`
// @ts-check
'use strict'

/**
 * The rooms of src/, from the top down: a file, or a folder with `/`. A module imports from its own
 * line and from the lines below it.
 */
const ROOMS = [
  ['index.ts', 'index.mts', 'public.ts', 'typed-store.ts'],
  ['store.ts', 'session-filter.ts', 'store-events.ts'],
  ['lifecycle/'],
  ['sessions/'],
  ['records/'],
  ['connection/'],
  ['options/'],
  ['operations/'],
  ['payload/'],
  ['errors.ts', 'mongoose-internals.ts'],
]

/** A pattern for the paths of these rooms. @param {string[]} rooms */
function inside(rooms) {
  const names = rooms.map((room) => `${room.replace('.', '\\.')}${room.endsWith('/') ? '' : '$'}`)
  return `^src/(${names.join('|')})`
}

const upwardImports = ROOMS.slice(1).map((rooms, level) => ({
  name: `no-import-upwards-from-${rooms.join('-').replace('/', '')}`,
  comment: `The order of the rooms, from the top down: ${ROOMS.map((names) => names.join(' ')).join(' → ')}`,
  severity: /** @type {const} */ ('error'),
  from: { path: inside(rooms) },
  to: { path: inside(ROOMS.slice(0, level + 1).flat()) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Modules that import each other: move what both need into a module of its own',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upwardImports,
    {
      name: 'no-unknown-room',
      comment: 'Each file and folder of src/ has a place in ROOMS of .dependency-cruiser.js',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: inside(ROOMS.flat()) },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    // Imports of types count, in TypeScript and in JSDoc
    parser: 'tsc',
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.js', '.mjs', '.d.ts', '.json'] },
  },
}
