/** The schema's Mixed paths, which take any value as it is: what passes there is hidden from Mongoose. */
import type { SessionModel } from './model'
import { bsonVersionOf, opaque, withOpaqueValues } from './opaque-values'
import type { Fields } from './queries'
import { mixedPathsOf } from './schema-introspection'

/** With a codec, `session` may be a String or a Buffer, which takes no opaque value. */
export class MixedPaths {
  readonly #paths: ReadonlySet<string>
  readonly #bsonVersion: unknown

  constructor(model: SessionModel) {
    this.#paths = mixedPathsOf(model)
    this.#bsonVersion = bsonVersionOf(model.base.mongo.ObjectId.prototype)
  }

  /**
   * A new object: Mongoose casts an update in place, and the app's middleware may change it.
   * @param isSeen whether middleware of the app's sees it, and looks into the values
   */
  updateFrom(update: Fields, isSeen: boolean): Fields {
    if (this.#paths.size === 0) return update
    const { $set, ...others } = update
    const sent: Fields = {}
    for (const path in $set as Fields) {
      const value = ($set as Fields)[path]
      // The schema casts the app's other fields
      if (!this.#isMixed(path)) sent[path] = value
      else sent[path] = isSeen ? withOpaqueValues(value, this.#bsonVersion) : opaque(value)
    }
    return { ...others, $set: sent }
  }

  replacementFrom(replacement: Fields): Fields {
    const sent = { ...replacement }
    // Opaque as a whole: Mongoose leaves out the empty objects of a document
    for (const path of this.#paths) if (path in sent) sent[path] = opaque(sent[path])
    return sent
  }

  /** A session that is compared is what was found: Mongoose would look for another. */
  filterFrom(filter: Fields): Fields {
    const { session } = filter
    if (session === undefined || !this.#paths.has('session')) return filter
    return { ...filter, session: { $eq: opaque((session as { $eq: unknown }).$eq) } }
  }

  #isMixed(path: string): boolean {
    return this.#paths.has(path) || (path.startsWith('session.') && this.#paths.has('session'))
  }
}
