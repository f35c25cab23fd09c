/** What goes into one store comes out of another as it is documented, in every form. */
import { inspect } from 'node:util'
import fc from 'fast-check'
import type { MongoDBStoreError } from '../../src/errors'
import { fullOrShort } from '../support/in-full'
import { FORM_NAMES, type FormName, twoStores } from '../support/model/forms'
import { type Data, data, objectOf } from '../support/payloads'
import {
  closedLater,
  itIfServerHas,
  type MongoDBStore,
  newConnection,
  serverHas,
} from '../support/server'

const RUNS = fullOrShort(150, 30)
const EXPIRES = new Date(Date.now() + 3_600_000)
const cookie = { originalMaxAge: 3_600_000, expires: EXPIRES, path: '/', httpOnly: true }

/**
 * What servers say of keys that they do not take: DollarPrefixedFieldName, InvalidDBRef,
 * DottedFieldName. One that takes such keys has nothing to say.
 */
const REFUSED_KEYS = [
  ...(serverHas('dollarKeys') ? [] : [52, 55]),
  ...(serverHas('dottedKeys') ? [] : [57]),
]
/** Of these only, or a server that refuses every session would pass. */
const FOREIGN_KEY = /^\$|\./

async function stores(form: FormName): Promise<readonly [MongoDBStore, MongoDBStore]> {
  const [a, b] = twoStores(form, await newConnection())
  return [closedLater(a), closedLater(b)]
}

const sessionOf = ({ entries }: Data) => objectOf([['cookie', { ...cookie }], ...entries]) as never

/** Types, keys and their values, `-0` and `NaN` told from others, and each prototype that is a foreign one. */
function shown(value: unknown): string {
  return inspect(value, { depth: Infinity, maxArrayLength: null, sorted: true, compact: false })
}

/** With its cookie. */
const expectedOf = ({ expected }: Data) =>
  objectOf([['cookie', cookie], ...Object.entries(expected)])

/** What this codec makes of it; it writes half of a surrogate pair in ASCII, which keeps it. */
const asJson = (session: unknown) => JSON.parse(Buffer.from(JSON.stringify(session)).toString())
const withoutHalves = (text: string) => text.replace(/\\u[dD][89A-Fa-f]\w\w/g, '\ufffd')

/** Of every plain object and list in it. */
function prototypesIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null) return found
  if (Object.prototype.toString.call(value) !== '[object Object]' && !Array.isArray(value)) {
    return found
  }
  if ('_bsontype' in value) return found
  found.add(Object.getPrototypeOf(value))
  for (const name of Object.getOwnPropertyNames(value)) {
    prototypesIn(Object.getOwnPropertyDescriptor(value, name)?.value, found)
  }
  return found
}

/** Whether a key that some servers refuse is in it, and stored as one. */
function hasForeignKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || prototypesIn(value).size === 0) return false
  const isForeign = (name: string) => FOREIGN_KEY.test(name) && !Array.isArray(value)
  return Object.getOwnPropertyNames(value).some(
    (name) => isForeign(name) || hasForeignKey(Object.getOwnPropertyDescriptor(value, name)?.value),
  )
}

/** Names that Mongoose leaves out, or by which it takes an object for one of its own, where hooks look into it. */
const OF_MONGOOSE = /^(__proto__|constructor|prototype|isMongoose\w+|to(Object|BSON)|\$.*)$/

function hasNameOfMongoose(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.getOwnPropertyNames(value).some(
    (name) =>
      OF_MONGOOSE.test(name) ||
      hasNameOfMongoose(Object.getOwnPropertyDescriptor(value, name)?.value),
  )
}

/** False where the server takes no such keys; then nothing was written. */
async function isSet(setting: Promise<void>, { expected }: Data): Promise<boolean> {
  try {
    await setting
    return true
  } catch (error) {
    const { code, cause } = error as MongoDBStoreError
    const isForKeys = REFUSED_KEYS.includes((cause as { code: number } | undefined)?.code ?? 0)
    if (code === 'ERR_MONGODB_STORE_SET' && isForKeys && hasForeignKey(expected)) return false
    throw error
  }
}

describe.each(FORM_NAMES)('%s', (form) => {
  itIfServerHas(
    'decimal128',
    'a session comes back as it is documented, new or updated, and changes no prototype',
    async () => {
      const [one, other] = await stores(form)
      const inherited = Reflect.ownKeys(Object.prototype)
      const isFound = async (sid: string, expected: Data) => {
        const found = await other.get(sid)
        if (form === 'with a codec') {
          expect(withoutHalves(shown(found))).toBe(shown(asJson(expectedOf(expected))))
        } else expect(shown(found)).toBe(shown(expectedOf(expected)))
        const allowed = [Object.prototype, Array.prototype, null]
        expect([...prototypesIn(found)].filter((each) => !allowed.includes(each as never))).toEqual(
          [],
        )
      }
      let count = 0
      const comesBack = fc.asyncProperty(data, data, async (first, then) => {
        const isOdd = [first, then].some(({ expected }) => hasNameOfMongoose(expected))
        if (form === 'through Mongoose' && isOdd) return
        const sid = `sid ${count++}`
        if (!(await isSet(one.set(sid, sessionOf(first)), first))) {
          expect(await other.get(sid)).toBeNull()
          return
        }
        await isFound(sid, first)
        const loaded = (await one.get(sid)) as unknown as Record<string, unknown>
        for (const name of Object.keys(loaded)) if (name !== 'cookie') delete loaded[name]
        Object.defineProperties(loaded, Object.getOwnPropertyDescriptors(objectOf(then.entries)))
        const isUpdated = await isSet(one.set(sid, loaded as never), then)
        await isFound(sid, isUpdated ? then : first)
        await one.destroy(sid)
      })
      await fc.assert(comesBack, { numRuns: RUNS })
      expect(Reflect.ownKeys(Object.prototype)).toEqual(inherited)
    },
  )
})
