/** What encryption makes of a session, and what it makes of bytes that are not its own any more. */
import { inspect } from 'node:util'
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { Bson } from '../../../src/payload/bson'
import { type Codec, encryptedCodec } from '../../../src/payload/codec'
import { Encryption } from '../../../src/payload/encryption'
import type { SessionPayload } from '../../../src/payload/payload'

const OLD = Buffer.from('an old secret of more than 32 characters')
const NEW = Buffer.from('a new secret of more than 32 characters')
const SID = 'nTVgxFPYF2Dlzw6uHSQrVEEoDMfoLsXC'
const MARKER = 'hunter2-token'

const bson = new Bson(mongo.BSON)

const codecOf = (secrets = [NEW], allowPlaintext = false) =>
  encryptedCodec(new Encryption(secrets, allowPlaintext), bson)

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date('2030-01-01'), path: '/' },
  user: new mongo.ObjectId('0123456789abcdef01234567'),
  bytes: Buffer.from('ab'),
  token: MARKER,
}

it('a text that is no JSON is told as what another store has encrypted, and not as plain text', () => {
  const { decode } = codecOf()
  expect(() => decode('kruptein', SID)).toThrow(/not JSON \(encrypted by another store\?\)/)
  expect(() => decode('{"cookie":{}}', SID)).toThrow(/not encrypted.*`encryption.allowPlaintext`/)
})

const encoded = (codec: Codec, data: object = session, sid = SID) =>
  codec.encode(data as SessionPayload, sid) as Buffer

/** The code of the error that reading gives; 'read' where it gives none. */
function outcome(codec: Codec, stored: unknown, sid = SID): string {
  try {
    codec.decode(stored, sid)
    return 'read'
  } catch (error) {
    expect(inspect(error, { depth: 9 })).not.toContain(MARKER)
    return (error as { code: string }).code.replace('ERR_MONGODB_STORE_', '')
  }
}

describe('a session', () => {
  const codec = codecOf()

  it('comes back with its types', () => {
    expect(codec.decode(encoded(codec), SID)).toEqual(session)
  })

  it('comes back whatever it holds, under whatever session id', () => {
    const anything = fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((key) => key !== '_bsontype' && !key.includes('\0')),
      fc.anything({
        key: fc.constantFrom('a', 'b', '0', 'a.b', '$set', '__proto__'),
        values: [fc.string({ unit: 'grapheme' }), fc.boolean(), fc.double(), fc.constant(null)],
        withDate: true,
        withNullPrototype: false,
      }),
    )
    const sids = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(anything, sids, (data, sid) => {
        const plain = bson.deserialize(bson.serialize(data))
        expect(codec.decode(codec.encode(data, sid), sid)).toEqual(plain)
      }),
    )
  })

  it('takes 65 bytes more than in BSON, and shows nothing of it', () => {
    const payload = encoded(codec)
    expect(payload.length).toBe(bson.serialize(session).length + 65)
    for (const text of [MARKER, 'cookie', 'originalMaxAge']) {
      expect(payload.includes(text)).toBe(false)
    }
  })

  it("is read as a view of other bytes, and as the driver's Binary with room to spare", () => {
    const payload = encoded(codec)
    const roomy = Buffer.concat([Buffer.alloc(3), payload, Buffer.alloc(5)])
    const view = new Uint8Array(roomy.buffer, roomy.byteOffset + 3, payload.length)
    const binary = new mongo.Binary(Buffer.concat([payload, Buffer.alloc(5)]))
    binary.position = payload.length
    expect(codec.decode(view, SID)).toEqual(session)
    expect(codec.decode(binary, SID)).toEqual(session)
  })
})

describe('what is not as it was stored', () => {
  const codec = codecOf([NEW, OLD])
  const payload = encoded(codec)

  it('is told: each bit changed', () => {
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const changed = Buffer.from(payload)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      // Salt and commitment as they are come of no secret of the store's
      const isOfSecret = bit >= 8 && bit < 49 * 8
      expect(outcome(codec, changed)).toBe(`ENCRYPTION_${isOfSecret ? 'SECRET' : 'TAMPERED'}`)
    }
  })

  it('is told: cut off at every length, at either end', () => {
    const outcomes = new Set<string>()
    for (let length = 0; length < payload.length; length++) {
      outcomes.add(outcome(codec, payload.subarray(0, length)))
    }
    expect([...outcomes]).toEqual(['ENCRYPTION_TAMPERED'])
    for (let start = 1; start < payload.length; start++) {
      expect(outcome(codec, payload.subarray(start))).toMatch(/^ENCRYPTION_/)
    }
  })

  it('is told: bytes added, exchanged and repeated', () => {
    const other = encoded(codec, { ...session, token: 'other' })
    const position = fc.nat(payload.length)
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(position, position).map(([from, to]) => other.subarray(from, to)),
      fc.tuple(position, position).map(([from, to]) => payload.subarray(from, to)),
    )
    fc.assert(
      fc.property(position, position, piece, (from, to, inserted) => {
        const spliced = Buffer.concat([payload.subarray(0, from), inserted, payload.subarray(to)])
        fc.pre(!spliced.equals(payload) && !spliced.equals(other))
        expect(outcome(codec, spliced)).toMatch(/^ENCRYPTION_/)
      }),
      { numRuns: 1000 },
    )
  })

  it('is told: under another session id', () => {
    for (const sid of ['other', SID.slice(1), SID.slice(0, -1), `${SID}a`, SID.toLowerCase()]) {
      expect(outcome(codec, payload, sid)).toBe('ENCRYPTION_TAMPERED')
      expect(outcome(codec, encoded(codec, session, sid))).toBe('ENCRYPTION_TAMPERED')
    }
  })

  it('is told: a secret that is there no more, whatever else', () => {
    const changed = Buffer.from(payload)
    changed[100]! ^= 1
    expect(outcome(codecOf([OLD]), payload)).toBe('ENCRYPTION_SECRET')
    expect(outcome(codecOf([OLD]), payload, 'other')).toBe('ENCRYPTION_SECRET')
    expect(outcome(codecOf([OLD]), changed)).toBe('ENCRYPTION_SECRET')
  })

  it('is told: bytes of no format of this store', () => {
    expect(outcome(codec, Buffer.alloc(100, 2))).toBe('ENCRYPTION_TAMPERED')
    expect(outcome(codec, Buffer.from('{"cookie":{}}'.repeat(9)))).toBe('ENCRYPTION_TAMPERED')
  })

  it.each<[string, unknown]>([
    ['an object', session],
    ['JSON', JSON.stringify(session)],
    ['a number', 5],
    ['a list', [payload]],
  ])('is told: not encrypted, but %s', (_name, stored) => {
    expect(outcome(codec, stored)).toBe('NOT_ENCRYPTED')
  })
})

describe('where plaintext is allowed', () => {
  const codec = codecOf([NEW], true)

  it('a session is read as it was stored before', () => {
    expect(codec.decode(session, SID)).toEqual(session)
    expect(codec.decode('{"cookie":{},"views":1}', SID)).toEqual({ cookie: {}, views: 1 })
  })

  it('an encrypted one is read, and a changed one is told, as ever', () => {
    const payload = encoded(codec)
    expect(codec.decode(payload, SID)).toEqual(session)
    payload[60]! ^= 1
    expect(outcome(codec, payload)).toBe('ENCRYPTION_TAMPERED')
  })

  it('what connect-mongo has encrypted is told', () => {
    expect(outcome(codec, '{"hmac":"a","ct":"b","at":"c"}')).toBe('RECORD')
  })
})

describe('secrets', () => {
  it('encrypt by the first, and decrypt by all', () => {
    const [before, during, after] = [codecOf([OLD]), codecOf([NEW, OLD]), codecOf([NEW])]
    const old = encoded(before)
    expect(during.decode(old, SID)).toEqual(session)
    expect(after.decode(encoded(during), SID)).toEqual(session)
    expect(outcome(before, encoded(during))).toBe('ENCRYPTION_SECRET')
  })

  it('are shown by nothing', () => {
    const encryption = new Encryption([NEW], false)
    expect(inspect(encryption, { depth: 9, showHidden: true })).not.toMatch(/secret|<Buffer/)
    expect(JSON.stringify(encryption)).toBe('{"allowPlaintext":false}')
  })
})

it('payloads of one session differ in every part', () => {
  const codec = codecOf()
  const payloads = Array.from({ length: 1000 }, () => encoded(codec, {}))
  for (const [start, end] of [
    [1, 33],
    [33, 49],
    [49, 70],
  ]) {
    expect(new Set(payloads.map((each) => each.toString('latin1', start, end))).size).toBe(1000)
  }
})
