// Repeats one operation of a store against fixed replies: for node --cpu-prof bench/profile.js
// @ts-check
'use strict'

const { startChild } = require('./child-processes')
const operations = require('./store-operations')

async function main() {
  const [contestant = 'ours', operation = 'get', concurrency = '50', count = '20000'] =
    process.argv.slice(2)
  const wire = startChild('wire-server.js')
  const uri = await wire.call('listen')
  await operations.open({ contestant, uri, collectionName: 'profile' })
  const share = { operation, concurrency: Number(concurrency), count: 1000 }
  const samples = []
  for (let done = 0; done < Number(count); done += share.count) {
    samples.push(await operations.measure(share))
  }
  const last = samples[samples.length - 1]
  console.log(
    `${contestant} ${operation}: ${last.cpu.toFixed(1)} µs CPU, ${last.wall.toFixed(1)} µs`,
  )
  process.exit()
}

main()
