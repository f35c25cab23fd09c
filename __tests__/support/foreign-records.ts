/** What other programs may have written in place of a session, a cookie or an expiry. */
import { mongo } from 'mongoose'

const { BSON } = mongo

/** A value of every type that BSON has and a session is none of. */
export const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  'a number': 5,
  NaN: Number.NaN,
  'a text': 'text',
  'an empty text': '',
  'JSON that is cut off': '{"cookie": {',
  'JSON of a text': '"text"',
  'JSON of null': 'null',
  'JSON of a list': '[{}]',
  'a list': [{ cookie: {} }],
  'a Date': new Date(0),
  'a Date at the end of time': new Date(8.64e15),
  bytes: Buffer.from('bytes'),
  'bytes of another kind': new BSON.Binary(Buffer.from('bytes'), 128),
  'an ObjectId': new BSON.ObjectId(),
  'a Decimal128': BSON.Decimal128.fromString('1.50'),
  'a Long': BSON.Long.fromString('9007199254740993'),
  'a Timestamp': new BSON.Timestamp({ t: 1, i: 2 }),
  'a regular expression': /a/,
  'an expression in the syntax of PCRE': new BSON.BSONRegExp('(?<', ''),
  code: new BSON.Code('return 1'),
  'code with a scope': new BSON.Code('return x', { x: 1 }),
  'a DBRef': new BSON.DBRef('c', new BSON.ObjectId()),
  'the least key': new BSON.MinKey(),
  'the greatest key': new BSON.MaxKey(),
}

/** Cookies of which express-session cannot make any, or no header. */
export const COOKIES: Readonly<Record<string, unknown>> = {
  ...VALUES,
  'an expiry that is no date': { expires: 'garbage' },
  'an expiry that is a number': { expires: 5 },
  'an expiry that is an object': { expires: {} },
  'an expiry that has no primitive value': { expires: { toString: 1, valueOf: 1 } },
  'an expiry that is a list': { expires: [1] },
  'a maxAge that is a text': { maxAge: 'text', originalMaxAge: 'text' },
  'an original maxAge that is an object': { originalMaxAge: {}, expires: new Date() },
  'an original maxAge beyond all dates': { originalMaxAge: 1e300 },
  'a path that is a number': { path: 5 },
  'a path with a semicolon': { path: '/;a' },
  'a domain with a line break': { domain: 'a\r\nset-cookie: b' },
  'a sameSite that is an object': { sameSite: {} },
  'a priority that is none': { priority: 'text' },
  'keys in place of methods': { serialize: 1, toJSON: 1, data: 1, set: 1 },
  'keys of prototypes': JSON.parse('{"__proto__": {"path": "/a"}, "constructor": 1}'),
  'a long path': { path: `/${'a'.repeat(1000)}` },
}

/** Sessions that are objects, and nothing that an app expects. */
export const SESSIONS: Readonly<Record<string, unknown>> = {
  'an empty object': {},
  'a megabyte': { cookie: {}, text: 'x'.repeat(1_000_000) },
  'keys of prototypes': JSON.parse(
    '{"cookie": {}, "__proto__": {"isAdmin": true}, "constructor": 1, "toString": 1, "save": 1}',
  ),
  'keys of a session': { cookie: {}, id: 1, req: 1, touch: 1, resetMaxAge: 1, reload: 1 },
  'a hundred levels': { cookie: {}, list: JSON.parse(`${'['.repeat(90)}${']'.repeat(90)}`) },
  'an expression in the syntax of PCRE': { cookie: {}, a: new BSON.BSONRegExp('(?<', '') },
}
