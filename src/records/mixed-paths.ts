/** The schema's Mixed paths, which take any value as it is: what passes there is hidden from Mongoose. */
import { isPlainObject } from '../payload/objects'
import type { SessionModel } from './model'
import { bsonVersionOf, hasMisreadKey, opaque, withOpaqueValues } from './opaque-values'
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
    const { $set, $unset } = update as { $set: Fields; $unset?: Fields }
    const sent: Fields = {}
    for (const path in $set) sent[path] = this.#valueFrom(path, $set[path], isSeen)
    return $unset ? { $set: sent, $unset } : { $set: sent }
  }

  replacementFrom(replacement: Fields): Fields {
    const sent: Fields = {}
    // Opaque as a whole: Mongoose leaves out the empty objects of a document
    for (const path in replacement) sent[path] = this.#valueFrom(path, replacement[path], false)
    return sent
  }

  /**
   * A new object: a bulk write has its filters cast in place. A session that is compared is what was found:
   * Mongoose would look for another.
   */
  filterFrom(filter: Fields): Fields {
    const { session } = filter
    if (session === undefined || !this.#paths.has('session')) return { ...filter }
    return { ...filter, session: { $eq: opaque((session as { $eq: unknown }).$eq) } }
  }

  #valueFrom(path: string, value: unknown, isSeen: boolean): unknown {
    if (this.#isMixed(path)) {
      return isSeen ? withOpaqueValues(value, this.#bsonVersion) : opaque(value)
    }
    // The schema casts the app's other fields: these can have Mixed paths within
    const isList = Array.isArray(value)
    if ((!isList && !isPlainObject(value)) || !this.#isAboveMixed(path)) return value
    if (isList) return value.map((each) => this.#valueFrom(`${path}.$`, each, isSeen))
    const ofMap = `${path}.$*`
    const isMap = this.#isMixed(ofMap) || this.#isAboveMixed(ofMap)
    const sent: Fields = {}
    for (const key of Object.keys(value)) {
      sent[key] = this.#valueFrom(isMap ? ofMap : `${path}.${key}`, value[key], isSeen)
    }
    // Of a Map as such, Mongoose does not misread the keys
    return isMap && hasMisreadKey(sent) ? new Map(Object.entries(sent)) : sent
  }

  #isMixed(path: string): boolean {
    return this.#paths.has(path) || (path.startsWith('session.') && this.#paths.has('session'))
  }

  #isAboveMixed(path: string): boolean {
    return Array.from(this.#paths).some((each) => each.startsWith(`${path}.`))
  }
}
