// Takes the pictures in docs/screenshots: npm run screenshots
'use strict'

require('../../support/scripts/typescript')
const { takeScreenshots } = require('./take')

takeScreenshots().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
