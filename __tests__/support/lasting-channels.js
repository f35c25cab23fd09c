/**
 * Keeps the store's diagnostics channels for as long as the process lives. Each test file loads the store
 * anew, and where a channel of the last file's has been collected, Node 20 forgets the one that took its
 * name as well: who subscribes by name then subscribes to a third (`WeakRefMap` in
 * lib/diagnostics_channel.js deletes by key when the old channel is finalized).
 */
'use strict'

const diagnostics = require('node:diagnostics_channel')

const LASTING = Symbol.for('express-mongoose-session.tests.channels')
const OPERATIONS = ['get', 'set', 'touch', 'destroy', 'destroyMany', 'all', 'length', 'clear']

// On Node's own module: all that the test files have in common
diagnostics[LASTING] ??= OPERATIONS.map((name) =>
  diagnostics.channel(`express-mongoose-session:${name}`),
)
