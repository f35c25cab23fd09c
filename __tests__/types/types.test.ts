/** Compiles an app of its own, since what one file says of express-session's types holds for all. */
import path from 'node:path'
import { node, tsc } from '../package/consumer'

it('right use of the types compiles, and wrong use does not', async () => {
  await node(path.join(__dirname, 'app'), tsc, '--project', '.')
}, 240_000)
