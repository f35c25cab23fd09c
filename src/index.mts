/**
 * The entry for `import`: the same class and function as `index.ts`.
 * @module express-mongoose-session
 */
export { default } from './index.js'
export type * from './public.js'
export { MongoDBStore, MongoDBStoreError } from './public.js'
