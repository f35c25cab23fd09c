// Sample data of a session: a user, a counter, and a list of items for the wanted size
// @ts-check
'use strict'

const { BSON } = require('mongoose').mongo

/** In bytes: what a typical app stores of a logged-in user. */
const TYPICAL = 300

/** @param {number} [bytes] the approximate size as BSON */
function sampleSession(bytes = TYPICAL) {
  const sample = {
    user: { id: '66f1c0ffee66f1c0ffee66f1', name: 'Ada Lovelace', roles: ['reader', 'author'] },
    count: 0,
    items: /** @type {object[]} */ ([]),
  }
  const empty = BSON.calculateObjectSize(sample)
  const perItem = BSON.calculateObjectSize({ ...sample, items: [item(1000)] }) - empty
  const items = Math.max(1, Math.round((bytes - empty) / perItem))
  for (let i = 0; i < items; i++) sample.items.push(item(1000 + i))
  return sample
}

function item(/** @type {number} */ n) {
  return { id: n, title: `Notes upon the analytical engine, ${n}`, price: n + 0.5, amount: 1 }
}

module.exports = { sampleSession }
