/** A hidden value on objects of others: what a WeakMap does, with less work for the garbage collector. */

/** Its `this` is the given object: a class that extends it adds its private fields to that object. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what the class is for
    return object
  }
}

/**
 * Nothing of it can be seen on an object, and each `HiddenField` has its own values. A session is loaded,
 * made live and written within one request: with a WeakMap, a request took a seventh more CPU at 50 at once.
 *
 * @internal
 */
export class HiddenField<V> {
  readonly get: (object: object) => V | undefined
  readonly set: (object: object, value: V | undefined) => void

  constructor() {
    // For an engine that adds no private field to an object that cannot be extended
    const others = new WeakMap<object, V>()
    // A class of its own, so that its private field is one of its own
    class Holder extends Given {
      #value: V | undefined
      constructor(object: object, value: V | undefined) {
        super(object)
        this.#value = value
      }
      static get(object: object): V | undefined {
        return #value in object ? object.#value : others.get(object)
      }
      static set(object: object, value: V | undefined): void {
        if (#value in object) object.#value = value
        else {
          try {
            new Holder(object, value)
          } catch {
            if (value === undefined) others.delete(object)
            else others.set(object, value)
          }
        }
      }
    }
    this.get = Holder.get
    this.set = Holder.set
  }
}
