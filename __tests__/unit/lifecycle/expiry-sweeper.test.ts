/** When expired sessions are removed. */
import { startSweeping } from '../../../src/lifecycle/expiry-sweeper'
import { nodeProcess } from '../../support/node-process'

it('the longest interval is not over at once, whatever its jitter is', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  nodeProcess.on('warning', onWarning)
  let removals = 0
  const remove = async () => {
    removals++
  }
  // Half of the jitters make an interval longer
  const stops = Array.from({ length: 20 }, () => startSweeping(2 ** 31 - 1, remove))
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const stop of stops) stop()
  nodeProcess.off('warning', onWarning)
  expect({ removals, warnings }).toEqual({ removals: 0, warnings: [] })
})
