/** The test vectors of https://c2sp.org/XAES-256-GCM. */
import { createHash } from 'node:crypto'
import { TAG_BYTES, Xaes256Gcm } from '../../../src/payload/xaes'

const NONCE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')

it.each([
  [0x01, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
  [0x03, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
])('the key of bytes %i', (byte, additional, expected) => {
  const cipher = new Xaes256Gcm(Buffer.alloc(32, byte))
  const sealed = cipher.seal(NONCE, Buffer.from('XAES-256-GCM'), Buffer.from(additional))
  expect(sealed.toString('hex')).toBe(expected)
  expect(String(cipher.open(NONCE, sealed, Buffer.from(additional)))).toBe('XAES-256-GCM')
})

it('ten thousand random messages', () => {
  const random = createHash('shake128', { outputLength: 4_000_000 }).digest()
  const hash = createHash('shake128', { outputLength: 32 })
  let at = 0
  const next = (length: number) => random.subarray(at, (at += length))
  for (let i = 0; i < 10_000; i++) {
    const [key, nonce] = [next(32), next(24)]
    const plaintext = next(next(1)[0]!)
    const additional = next(next(1)[0]!)
    const cipher = new Xaes256Gcm(key)
    const sealed = cipher.seal(nonce, plaintext, additional)
    if (!cipher.open(nonce, sealed, additional)?.equals(plaintext)) throw new Error(`message ${i}`)
    expect(sealed.length).toBe(plaintext.length + TAG_BYTES)
    hash.update(sealed)
  }
  expect(at).toBeLessThan(random.length)
  expect(hash.digest('hex')).toBe(
    'e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939',
  )
})
