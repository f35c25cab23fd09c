/**
 * Keeps the store's diagnostics channels as long as the process lives. Each test file loads the store anew.
 * When a channel of the last file is garbage-collected, Node 20 also forgets the new channel of that name,
 * and a subscription by name gets a third one (`WeakRefMap` in lib/diagnostics_channel.js deletes by key when
 * the old channel is finalized).
 */
import diagnostics from 'node:diagnostics_channel'
import { CHANNELS } from './operations'

const LASTING: unique symbol = Symbol.for('express-mongoose-session.tests.channels')

// On Node's own module: test files share nothing else
const shared = diagnostics as { [LASTING]?: unknown }
shared[LASTING] ??= CHANNELS.map((name) => diagnostics.tracingChannel(name))
