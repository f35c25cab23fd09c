/** The contract of an express-session store, as rules: what express-session and its users expect of any. */

import { listingRules } from './all-length-clear'
import { cookieRules } from './cookies'
import { expiryRules } from './expiry'
import { isolationRules } from './isolation'
import type { Rule } from './rule'
import { storageRules } from './storage'

export const storeContract: readonly Rule[] = [
  ...storageRules,
  ...isolationRules,
  ...cookieRules,
  ...expiryRules,
  ...listingRules,
]
