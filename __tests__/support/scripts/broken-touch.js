/** Loaded before the fuzzer: a store that has a fault. */
require('../../fuzz/typescript')
const { MongoDBStore } = require('../../../src')

MongoDBStore.prototype.touch = async (_sid, _session, callback) => callback?.(null)
