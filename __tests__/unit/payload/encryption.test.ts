/** What encryption makes of a session, and what it makes of bytes that are not its own any more. */
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { mongo } from 'mongoose'
import { type Bson, EncryptedCodec, Encryption } from '../../../src/payload/encryption'
import { newNonce } from '../../../src/payload/xaes'
import { PLAIN_VALUES } from '../../../src/records/queries'

const OLD = Buffer.from('an old secret of more than 32 characters')
const NEW = Buffer.from('a new secret of more than 32 characters')
const SID = 'nTVgxFPYF2Dlzw6uHSQrVEEoDMfoLsXC'
const MARKER = 'hunter2-token'

const bson: Bson = {
  serialize: (session) => mongo.BSON.serialize(session),
  deserialize: (bytes) => mongo.BSON.deserialize(bytes, PLAIN_VALUES),
}

const codecOf = (secrets = [NEW], allowPlaintext = false) =>
  new EncryptedCodec(new Encryption(secrets, allowPlaintext), bson)

const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date('2030-01-01'), path: '/' },
  user: new mongo.ObjectId('0123456789abcdef01234567'),
  bytes: Buffer.from('ab'),
  token: MARKER,
}

/** The code of the error that reading gives; 'read' where it gives none. */
function outcome(codec: EncryptedCodec, stored: unknown, sid = SID): string {
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
    expect(codec.decode(codec.encode(session, SID), SID)).toEqual(session)
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

  it('takes 57 bytes more than in BSON, and shows nothing of it', () => {
    const payload = codec.encode(session, SID)
    expect(payload.length).toBe(bson.serialize(session).length + 57)
    for (const text of [MARKER, 'cookie', 'originalMaxAge']) {
      expect(payload.includes(text)).toBe(false)
    }
  })

  it("is read as a view of other bytes, and as the driver's Binary with room to spare", () => {
    const payload = codec.encode(session, SID)
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
  const payload = codec.encode(session, SID)

  it('is told: each bit changed', () => {
    const outcomes = new Set<string>()
    for (let bit = 0; bit < payload.length * 8; bit++) {
      const changed = Buffer.from(payload)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      outcomes.add(outcome(codec, changed))
    }
    expect([...outcomes]).toEqual(['ENCRYPTION_TAMPERED'])
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
    const other = codec.encode({ ...session, token: 'other' }, SID)
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
      expect(outcome(codec, payload, sid)).toBe('ENCRYPTION_MOVED')
      expect(outcome(codec, codec.encode(session, sid))).toBe('ENCRYPTION_MOVED')
    }
  })

  it('is told: under another session id, with the mark that belongs to that', () => {
    const changed = Buffer.from(payload)
    codec.encode(session, 'other').copy(changed, 9, 9, 17)
    expect(outcome(codec, changed, 'other')).toBe('ENCRYPTION_TAMPERED')
  })

  it('is told: a secret that is there no more, whatever else', () => {
    const changed = Buffer.from(payload)
    changed[100]! ^= 1
    expect(outcome(codecOf([OLD]), payload)).toBe('ENCRYPTION_SECRET')
    expect(outcome(codecOf([OLD]), payload, 'other')).toBe('ENCRYPTION_SECRET')
    expect(outcome(codecOf([OLD]), changed)).toBe('ENCRYPTION_SECRET')
  })

  it("is told: a later version's, and another's bytes", () => {
    const later = Buffer.concat([Buffer.of(2), randomBytes(100)])
    expect(outcome(codec, later)).toBe('ENCRYPTION_VERSION')
    expect(outcome(codec, Buffer.from('{"cookie":{}}'.repeat(9)))).toBe('ENCRYPTION_VERSION')
    expect(outcome(codec, Buffer.from('{}'))).toBe('ENCRYPTION_TAMPERED')
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
    const payload = codec.encode(session, SID)
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
    const old = before.encode(session, SID)
    expect(during.decode(old, SID)).toEqual(session)
    expect(after.decode(during.encode(session, SID), SID)).toEqual(session)
    expect(outcome(before, during.encode(session, SID))).toBe('ENCRYPTION_SECRET')
    expect(
      [old, during.encode(session, SID), session].map((each) => during.isCurrent(each)),
    ).toEqual([false, true, false])
  })

  it('are shown by nothing', () => {
    const encryption = new Encryption([NEW], false)
    expect(inspect(encryption, { depth: 9, showHidden: true })).not.toMatch(/secret|<Buffer/)
    expect(JSON.stringify(encryption)).toBe('{"allowPlaintext":false}')
  })
})

describe('nonces', () => {
  it('a million are a million', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 1_000_000; i++) seen.add(newNonce().toString('latin1'))
    expect(seen.size).toBe(1_000_000)
  })

  it('are what payloads differ by, of one session too', () => {
    const codec = codecOf()
    const nonces = new Set<string>()
    const rest = new Set<string>()
    for (let i = 0; i < 20_000; i++) {
      const payload = codec.encode({}, SID)
      nonces.add(payload.toString('latin1', 17, 41))
      rest.add(payload.toString('latin1', 41))
    }
    expect([nonces.size, rest.size]).toEqual([20_000, 20_000])
  })
})
