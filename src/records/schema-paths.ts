/** Tells which paths the records of a schema can have; Mongoose's `strictQuery` accepts paths into a string. */
import type { Schema, SchemaType } from 'mongoose'
import { itemTypeOf } from '../mongoose-internals'

/** Types whose values have no paths. A type that is not listed may have any. */
const LEAVES = new Set([
  'BigInt',
  'Boolean',
  'Buffer',
  'Date',
  'Decimal128',
  'Double',
  'Int32',
  'Number',
  'ObjectId',
  'String',
  'UUID',
])

/** Whether a record can have the path: a field, or a part of one, with the index of an array or without. */
export function canHave(schema: Schema, path: string): boolean {
  return leadsOn(schema, path.split('.'), false)
}

/** @param isOpen whether paths that the schema does not name are possible as well */
function leadsOn(schema: Schema, keys: readonly string[], isOpen: boolean): boolean {
  const { discriminators = {} } = schema
  return [schema, ...Object.values(discriminators)].some((each) => leadsIn(each, keys, isOpen))
}

function leadsIn(schema: Schema, keys: readonly string[], isOpen: boolean): boolean {
  for (let i = 1; i <= keys.length; i++) {
    const name = keys.slice(0, i).join('.')
    const kind = schema.pathType(name)
    if (kind === 'real') return leadsInto(schema.path(name), keys.slice(i))
    if (kind !== 'nested') return schema.get('strict') === false && (isOpen || i > 1)
  }
  return true
}

function leadsInto(type: SchemaType | undefined, keys: readonly string[]): boolean {
  if (!type || keys.length === 0) return true
  const { instance, schema } = type
  if (instance === 'Array') {
    const within = /^\d+$/.test(keys[0] as string) ? keys.slice(1) : keys
    if (schema) return within.length === 0 || leadsOn(schema, within, true)
    return leadsInto(itemTypeOf(type), within)
  }
  if (schema) return leadsOn(schema, keys, true)
  return !LEAVES.has(instance)
}
