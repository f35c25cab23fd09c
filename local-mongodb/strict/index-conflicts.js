// Refuses an index that is there already with another name, other keys or other options
// @ts-check
'use strict'

const { isDeepStrictEqual } = require('node:util')
const { EJSON } = require('mongoose').mongo.BSON

/** @typedef {import('../wire-protocol').Document} Document */

const OPTIONS = ['expireAfterSeconds', 'partialFilterExpression', 'sparse', 'unique']

/**
 * @param {Document} command
 * @param {Document[]} existing
 * @returns {Document | undefined}
 */
function indexConflict({ indexes }, existing) {
  for (const wanted of indexes) {
    const sameName = existing.find(({ name }) => name === wanted.name)
    if (sameName && !areKeysEqual(sameName, wanted)) {
      return refusal(86, 'IndexKeySpecsConflict', wanted, 'of other keys has this name')
    }
    const sameKeys = existing.find((each) => areKeysEqual(each, wanted))
    if (!sameKeys || isIdIndex(wanted)) continue
    if (!isDeepStrictEqual(optionsOf(sameKeys), optionsOf(wanted))) {
      return refusal(85, 'IndexOptionsConflict', wanted, 'of these keys has other options')
    }
    if (!sameName) return refusal(85, 'IndexOptionsConflict', wanted, 'has another name')
  }
  return undefined
}

/** @param {Document} index */
const isIdIndex = ({ key }) => Object.keys(key).join() === '_id'

/** Their order counts. @param {Document} a @param {Document} b */
const areKeysEqual = (a, b) => JSON.stringify(plain(a.key)) === JSON.stringify(plain(b.key))

/** @param {Document} index */
function optionsOf(index) {
  return OPTIONS.map((name) => plain(index[name] === false ? undefined : index[name]))
}

/** Makes numbers of all BSON types comparable. @param {unknown} value */
function plain(value) {
  return value === undefined ? undefined : EJSON.parse(EJSON.stringify(value), { relaxed: true })
}

/**
 * @param {number} code
 * @param {string} codeName
 * @param {Document} index
 * @param {string} why
 */
function refusal(code, codeName, { name }, why) {
  return { ok: 0, code, codeName, errmsg: `An index that ${why}: ${name}` }
}

module.exports = { indexConflict }
