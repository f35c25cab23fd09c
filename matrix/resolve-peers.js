// Resolves the peers to the combination's versions, in every Node process that its tests start
'use strict'

const Module = require('node:module')
const path = require('node:path')

const resolve = Module._resolveFilename
Module._resolveFilename = function (request, ...others) {
  const isPeer = request === 'mongoose' || request === 'express-session'
  const wanted = isPeer ? path.join(process.env.MATRIX_FOLDER, 'node_modules', request) : request
  return resolve.call(this, wanted, ...others)
}
