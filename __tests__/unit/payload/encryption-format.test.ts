/** The format as docs/encryption.md has it: its test vector, by the programs that stand there and by ours. */
import { spawnSync } from 'node:child_process'
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { mongo } from 'mongoose'
import { Bson } from '../../../src/payload/bson'
import { encryptedCodec } from '../../../src/payload/codec'
import { Encryption } from '../../../src/payload/encryption'

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

const derived = (salt: Buffer) =>
  Buffer.from(hkdfSync('sha256', secret, salt, 'express-mongoose-session v1', 60))

/** The session in the payload, by the page's description and Node's crypto. */
function decrypted(payload: Buffer): object {
  const keys = derived(payload.subarray(1, 33))
  expect(payload.subarray(33, 49)).toEqual(keys.subarray(44))
  const gcm = createDecipheriv('aes-256-gcm', keys.subarray(0, 32), keys.subarray(32, 44))
  gcm.setAAD(Buffer.concat([payload.subarray(0, 49), Buffer.from(sid, 'utf8')]))
  gcm.setAuthTag(payload.subarray(-16))
  const plain = Buffer.concat([gcm.update(payload.subarray(49, -16)), gcm.final()])
  return mongo.BSON.deserialize(plain)
}

const codec = encryptedCodec(new Encryption([Buffer.from(secret)], false), new Bson(mongo.BSON))
const session = {
  cookie: { originalMaxAge: 60_000, expires: new Date('2030-01-01T00:00:00Z'), path: '/' },
  user: 'ann',
  views: 3,
}

describe('the test vector', () => {
  it('has the values in between that the description leads to', () => {
    const keys = derived(bytes('salt'))
    expect(keys.subarray(0, 32)).toEqual(bytes('key'))
    expect(keys.subarray(32, 44)).toEqual(bytes('IV'))
    expect(keys.subarray(44)).toEqual(bytes('commitment'))
    expect(Buffer.from(mongo.BSON.serialize(session))).toEqual(bytes('BSON'))
    const header = Buffer.concat([Buffer.of(1), bytes('salt'), bytes('commitment')])
    expect(bytes('payload').subarray(0, 49)).toEqual(header)
  })

  it('is read by the description, and by the store', () => {
    expect(decrypted(bytes('payload'))).toEqual(session)
    expect(codec.decode(bytes('payload'), sid)).toEqual(session)
  })

  it("is read by the page's program for Node", () => {
    const code = program('js', 'const { createDecipheriv')
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
  const payload = codec.encode(session, sid) as Buffer
  expect(payload).toHaveLength(bytes('payload').length)
  expect(decrypted(payload)).toEqual(session)
})
