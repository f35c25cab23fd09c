/** A shop that has moved from connect-mongo to ours. */
import { connectMongoClosedLater } from '../support/other-stores'
import { closedLater, type MongoDBStore, uniqueName, uri } from '../support/server'
import { ann, open } from './shop'

export const steps = require('./steps/connect-mongo')

const newPlace = (options = {}) => ({ uri, collection: uniqueName(), ...options })
const oldStore = (place: object): MongoDBStore => connectMongoClosedLater(steps.before(place))
export const newStore = (place: object): MongoDBStore => closedLater(steps.after(place))

/** Ann, who logged in at a shop on connect-mongo; and the shop on ours that has taken over. */
export const moved = async (options = {}) => {
  const { uri, collection } = newPlace()
  const before = await open(oldStore({ uri, collection, ...options }))
  const old = await ann(before)
  const store = newStore({ uri, collection })
  const after = await open(store)
  const record = () => store.collection.findOne()
  return { collection, before, after, store, record, old, visitor: after.welcome(old) }
}
