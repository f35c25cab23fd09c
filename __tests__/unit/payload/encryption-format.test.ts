/** The format as docs/encryption.md has it: its test vector, by the programs that stand there and by ours. */
import { spawnSync } from 'node:child_process'
import { type CipherKey, createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { mongo } from 'mongoose'
import { EncryptedCodec, Encryption } from '../../../src/payload/encryption'

const page = readFileSync(path.join(__dirname, '../../../docs/encryption.md'), 'utf8')

/** What the table of the vector has for a name. */
function given(name: string): string {
  const found = page.match(new RegExp(`^\\| ${name} \\| \`(.*)\` \\|$`, 'm'))?.[1]
  if (found === undefined) throw new Error(`docs/encryption.md has no ${name}`)
  return found
}

/** The program of the page in this language that begins so. */
function program(language: string, beginning: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))]
  const found = blocks.map(([, code]) => code as string).find((code) => code.startsWith(beginning))
  if (found === undefined) throw new Error(`docs/encryption.md has no ${beginning}`)
  return found
}

const [secret, sid] = [given('secret'), given('session id')]
const bytes = (name: string) => Buffer.from(given(name), 'hex')

const derived = (info: string, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, 'express-mongoose-session', info, length))

/** By CBC with a zero vector, which gives CMAC of one block once the block is masked. */
function aes(key: CipherKey, block: Buffer): Buffer {
  return createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).update(block)
}

function keyFor(nonce: Buffer): Buffer {
  const zero = [...aes(derived('v1 encryption', 32), Buffer.alloc(16))]
  const bits = zero.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const doubled = BigInt(`0b${bits.slice(1)}0`) ^ (bits[0] === '1' ? 0b10000111n : 0n)
  const half = nonce.toString('hex', 0, 12)
  const blocks = ['00015800', '00025800'].map((counter) => BigInt(`0x${counter}${half}`) ^ doubled)
  return Buffer.concat(
    blocks.map((block) =>
      aes(derived('v1 encryption', 32), Buffer.from(block.toString(16).padStart(32, '0'), 'hex')),
    ),
  )
}

/** The session in the payload, by the page's description and Node's crypto. */
function decrypted(payload: Buffer): object {
  const nonce = payload.subarray(17, 41)
  const gcm = createDecipheriv('aes-256-gcm', keyFor(nonce), nonce.subarray(12))
  gcm.setAAD(Buffer.concat([payload.subarray(0, 41), Buffer.from(sid, 'utf8')]))
  gcm.setAuthTag(payload.subarray(payload.length - 16))
  const plain = Buffer.concat([gcm.update(payload.subarray(41, -16)), gcm.final()])
  return mongo.BSON.deserialize(plain)
}

const codec = new EncryptedCodec(new Encryption([Buffer.from(secret)], false), mongo.BSON)
const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date('2030-01-01T00:00:00Z'), path: '/' },
  user: 'ann',
  views: 3,
}

describe('the test vector', () => {
  it('has the values in between that the description leads to', () => {
    expect(derived('v1 key id', 8)).toEqual(bytes('key id'))
    expect(derived('v1 encryption', 32)).toEqual(bytes('K'))
    expect(derived('v1 session id', 32)).toEqual(bytes('S'))
    const mark = createHmac('sha256', bytes('S')).update(sid).digest().subarray(0, 8)
    expect(mark).toEqual(bytes('mark'))
    expect(keyFor(bytes('nonce'))).toEqual(bytes('Kₓ'))
    expect(Buffer.from(mongo.BSON.serialize(session))).toEqual(bytes('BSON'))
    const header = Buffer.concat([Buffer.of(1), ...['key id', 'mark', 'nonce'].map(bytes)])
    expect(bytes('payload').subarray(0, 41)).toEqual(header)
  })

  it('is read by the description, and by the store', () => {
    expect(decrypted(bytes('payload'))).toEqual(session)
    expect(codec.decode(bytes('payload'), sid)).toEqual(session)
  })

  it("is read by the page's program for Node", () => {
    const code = program('js', 'const { createCipheriv')
    const run = spawnSync(process.execPath, ['-e', code, secret, sid, given('payload')])
    expect([String(run.stderr), String(run.stdout).trim()]).toEqual(['', given('BSON')])
  })

  const canPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0
  const itWithPython = canPython ? it : it.skip
  itWithPython("is read by the page's program for Python with `cryptography`", () => {
    const code = program('python', 'import sys')
    const run = spawnSync('python3', ['-c', code, secret, sid, given('payload')])
    expect([String(run.stderr), String(run.stdout).trim()]).toEqual(['', given('BSON')])
  })
})

it('what the store writes has the format that is described', () => {
  const payload = codec.encode(session, sid)
  expect(payload.subarray(0, 17)).toEqual(bytes('payload').subarray(0, 17))
  expect(decrypted(payload)).toEqual(session)
})
