/**
 * The contract of an express-session store, as rules that any test runner can check.
 *
 * @example
 * ```js
 * import { storeContract } from 'express-mongoose-session/testing'
 *
 * for (const rule of storeContract) {
 *   test(rule.name, () => rule.check(() => new MyStore()))
 * }
 * ```
 * @module express-mongoose-session/testing
 */
import { cookieRules } from './cookies'
import { expiryRules } from './expiry'
import { isolationRules } from './isolation'
import { listingRules } from './listing'
import type { Ability, Rule } from './rule'
import { storageRules } from './storage'

export type { CreateStore, StoreUnderTest } from './rule'
export type { Ability, Rule }

/** Every rule. If a store lacks an optional method, leave out the rules whose `needs` name it. */
export const storeContract: readonly Rule[] = [
  ...storageRules,
  ...isolationRules,
  ...cookieRules,
  ...expiryRules,
  ...listingRules,
]
