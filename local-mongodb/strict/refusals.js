// The commands that a real MongoDB refuses, and stand-ins accept
// @ts-check
'use strict'

/** @typedef {import('../wire-protocol').Document} Document */

const REPLICA_SET = 'replica-set'
const MAX_DATABASE_BYTES = 63
const MAX_NAMESPACE_BYTES = 255
const WRITES = [
  'insert',
  'update',
  'delete',
  'findAndModify',
  'createIndexes',
  'dropIndexes',
  'drop',
]
const READS = ['find', 'aggregate', 'count', 'distinct', 'listIndexes', 'listCollections']

/** Lower-case name → the name as first used. @type {Map<string, string>} */
const databaseNames = new Map()

/**
 * @param {Document} command
 * @param {{ topology: string, isPrimary: boolean }} member
 * @returns {Document | undefined} the reply
 */
function refusalOf(command, { topology, isPrimary }) {
  const [name = ''] = Object.keys(command)
  return (
    refusalOfHandshake(command) ??
    (isPrimary ? undefined : refusalOfSecondary(name, command)) ??
    (topology === REPLICA_SET ? undefined : refusalOfStandalone(command)) ??
    refusalOfNamespace(name, command)
  )
}

/** @param {Document} command */
function refusalOfHandshake({ client }) {
  if (client === undefined || client.driver) return undefined
  const errmsg = "Missing required sub-document 'driver' in the client metadata document"
  return refusal(9, 'FailedToParse', errmsg)
}

/**
 * @param {string} name
 * @param {Document} command
 */
function refusalOfSecondary(name, command) {
  if (WRITES.includes(name)) return refusal(10107, 'NotWritablePrimary', 'not primary')
  if (!READS.includes(name) || command.$readPreference) return undefined
  const errmsg = 'not primary and secondaryOk=false'
  return refusal(13435, 'NotPrimaryNoSecondaryOk', errmsg)
}

/** @param {Document} command */
function refusalOfStandalone({ txnNumber }) {
  if (txnNumber === undefined) return undefined
  const errmsg = 'Transaction numbers are only allowed on a replica set member or mongos'
  return refusal(20, 'IllegalOperation', errmsg)
}

/**
 * @param {string} name
 * @param {Document} command
 */
function refusalOfNamespace(name, command) {
  const database = String(command.$db ?? '')
  if (Buffer.byteLength(database) > MAX_DATABASE_BYTES) {
    return refusal(73, 'InvalidNamespace', `Invalid namespace specified '${database}'`)
  }
  const collection = command[name]
  if (!WRITES.includes(name) || typeof collection !== 'string') return undefined
  const namespace = `${database}.${collection}`
  if (collection === '' || Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES) {
    return refusal(73, 'InvalidNamespace', `Invalid namespace specified '${namespace}'`)
  }
  const known = databaseNames.get(database.toLowerCase())
  if (known !== undefined && known !== database) {
    const errmsg = `db already exists with different case already have: [${known}]`
    return refusal(13297, 'DatabaseDifferCase', errmsg)
  }
  databaseNames.set(database.toLowerCase(), database)
  return undefined
}

/**
 * @param {number} code
 * @param {string} codeName
 * @param {string} errmsg
 */
function refusal(code, codeName, errmsg) {
  return { ok: 0, code, codeName, errmsg }
}

module.exports = { refusalOf, REPLICA_SET }
