// Which keys with a leading dollar MongoDB before 5.0 refuses to store, and with which code
// @ts-check
'use strict'

/** @typedef {import('../wire-protocol').Document} Document */
/** @typedef {{ code: number, codeName: string, errmsg: string }} Refusal */

/** Operators whose values are stored. */
const STORING = ['$set', '$setOnInsert', '$push', '$addToSet']

/** @param {Document} document @returns {Refusal | undefined} */
function refusalOfDocument(document) {
  return refusalInObject(document)
}

/**
 * @param {Document | Document[]} update a replacement, operators, or a pipeline, which is let through
 * @returns {Refusal | undefined}
 */
function refusalOfUpdate(update) {
  if (Array.isArray(update)) return undefined
  if (!Object.keys(update).some((name) => name.startsWith('$'))) return refusalInObject(update)
  for (const operator of STORING) {
    for (const [path, value] of Object.entries(update[operator] ?? {})) {
      const step = path.split('.').find((each) => each.startsWith('$') && !isPositional(each))
      const refusal = step === undefined ? refusalInValue(value) : dollarPrefixed(step)
      if (refusal) return refusal
    }
  }
  return undefined
}

/** @param {string} step as `$`, `$[]` or `$[name]` */
const isPositional = (step) => step === '$' || step.startsWith('$[')

/** @param {unknown} value @returns {Refusal | undefined} */
function refusalInValue(value) {
  if (typeof value !== 'object' || value === null) return undefined
  if ('_bsontype' in value || value instanceof Date || ArrayBuffer.isView(value)) return undefined
  if (!Array.isArray(value)) return refusalInObject(value)
  for (const each of value) {
    const refusal = refusalInValue(each)
    if (refusal) return refusal
  }
  return undefined
}

/** @param {object} object @returns {Refusal | undefined} */
function refusalInObject(object) {
  let before = ''
  for (const [name, value] of Object.entries(object)) {
    const refusal = name.startsWith('$') ? refusalOfKey(name, value, before, object) : undefined
    const found = refusal ?? refusalInValue(value)
    if (found) return found
    before = name
  }
  return undefined
}

/**
 * `$ref`, `$id` and `$db` are allowed in the order of a DBRef.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {string} before the previous key
 * @param {object} object
 * @returns {Refusal | undefined}
 */
function refusalOfKey(name, value, before, object) {
  const names = Object.keys(object)
  const after = names[names.indexOf(name) + 1]
  if (name === '$ref') {
    return typeof value === 'string' && after === '$id' ? undefined : invalidDBRef(name)
  }
  if (name === '$id') return before === '$ref' ? undefined : invalidDBRef(name)
  if (name === '$db') return before === '$id' ? undefined : invalidDBRef(name)
  return dollarPrefixed(name)
}

/** @param {string} name @returns {Refusal} */
function invalidDBRef(name) {
  return { code: 55, codeName: 'InvalidDBRef', errmsg: `The DBRef field ${name} is out of place` }
}

/** @param {string} name @returns {Refusal} */
function dollarPrefixed(name) {
  const errmsg = `The dollar ($) prefixed field '${name}' is not valid for storage.`
  return { code: 52, codeName: 'DollarPrefixedFieldName', errmsg }
}

module.exports = { refusalOfDocument, refusalOfUpdate }
