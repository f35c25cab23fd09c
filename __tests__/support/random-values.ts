/** Random values of a session. */
import fc from 'fast-check'
import { plainCopy } from '../../src/payload/payload'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 60, maxLength: 70 }),
)
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, 2 ** 31, 5, '', 'ü', '\ud800', '\ufffd'),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
)
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ü', '1', 'longer'), tie('value'), { maxKeys: 4 }),
  ),
}))
/** As a store hands it over. */
export const storedValue = values.map((value) => plainCopy(value) ?? null)
