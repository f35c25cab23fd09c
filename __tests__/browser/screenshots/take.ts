/** The main pages of the example app, light and dark, wide and narrow, with people in them. */
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { startMongoDB } from 'local-mongodb'
import mongoose, { type Connection } from 'mongoose'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { findChromium, launchChromium } from '../../support/example/chromium'
import { race, signIn, signUp } from '../../support/example/person'
import { startExample } from '../../support/example/start'

const DIRECTORY = path.join(__dirname, '../../../docs/screenshots')
const MINUTE = 60_000

const PAGES = {
  shop: '/',
  devices: '/devices',
  race: '/race',
  inside: '/inside',
  admin: '/admin',
}

/** What a narrow picture shows the end of, where the beginning of the page tells little. */
const LOOK_AT: Record<string, string | undefined> = {
  race: '#outcome',
}
const IN_VIEW = `(selector) => {
  scrollTo(0, 0)
  if (selector) document.querySelector(selector).scrollIntoView({ block: 'end' })
}`

const SIZES = {
  wide: { viewport: { width: 1200, height: 880 } },
  narrow: { viewport: { width: 390, height: 844 } },
}

const AGENTS = {
  here: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  phone:
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36',
  laptop:
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  office:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0',
}

export async function takeScreenshots(): Promise<void> {
  const executable = findChromium()
  if (!executable) throw new Error('There is no Chromium: install one, or set CHROMIUM_PATH.')
  mkdirSync(DIRECTORY, { recursive: true })
  const mongodb = await startMongoDB()
  const connection = await mongoose.createConnection(mongodb.uri).asPromise()
  const example = await startExample({ MONGODB_URI: mongodb.uri, LOCAL_MONGODB: 'uri' })
  const browser = await launchChromium(executable)
  try {
    const page = await peopledApp(browser, example.address, connection)
    for (const [name, address] of Object.entries(PAGES)) await takePage(page, name, address)
    const visitor = await browser.newPage({ baseURL: example.address })
    for (const name of ['sign-up', 'sign-in']) await takePage(visitor, name, `/${name}`)
  } finally {
    await browser.close()
    await example.stop()
    await connection.close()
    await mongodb.stop()
  }
}

async function takePage(page: Page, name: string, address: string): Promise<void> {
  await page.goto(address)
  for (const [size, { viewport }] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const file = path.join(DIRECTORY, `${name}-${size}-${colorScheme}.png`)
      // A phone shows of a page what one has come for, below the fold
      if (size === 'narrow') await page.evaluate(`(${IN_VIEW})(${JSON.stringify(LOOK_AT[name])})`)
      await page.screenshot({ path: file })
      console.log(`${path.basename(file)}: ${Math.ceil(statSync(file).size / 1000)} kB`)
    }
  }
}

/** Ada on three devices, Grace on one, and a visitor; the page is Ada's first device. */
async function peopledApp(
  browser: Browser,
  baseURL: string,
  connection: Connection,
): Promise<Page> {
  const open = async (options: BrowserContextOptions = {}) =>
    (await browser.newContext({ baseURL, ...options })).newPage()

  const page = await open({ userAgent: AGENTS.here })
  await signUp(page, 'Ada', 'ada@example.org')
  for (const userAgent of [AGENTS.phone, AGENTS.laptop]) {
    await signIn(await open({ userAgent }), 'ada@example.org')
  }
  const grace = await open({ userAgent: AGENTS.office })
  await signUp(grace, 'Grace', 'grace@example.org')
  await grace.getByRole('button', { name: 'Add Olive oil' }).click()
  await (await open()).goto('/devices') // a visitor who is asked to sign in

  for (const name of ['Mountain tea', 'Forest honey', 'Forest honey', 'Rye bread']) {
    await page.getByRole('button', { name: `Add ${name}` }).click()
  }
  await race(page)
  await letTimePass(connection)
  await page.goto('/')
  return page
}

/** Moves the other devices' last visits, and all sign-ins, into the past. */
async function letTimePass(connection: Connection): Promise<void> {
  const sessions = connection.collection<{ _id: string; session: never }>('sessions')
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE)
  const visits: [string, number, number][] = [
    ['Firefox on Linux', 0, 50],
    ['Chrome on Android', 25, 60 * 27],
    ['Safari on macOS', 60 * 30, 60 * 24 * 4],
    ['Microsoft Edge on Windows', 4, 95],
  ]
  for (const [browser, lastSeen, signedIn] of visits) {
    const ends = new Date(ago(lastSeen).getTime() + 7 * 24 * 60 * MINUTE)
    const moved = lastSeen > 0 ? { expires: ends, 'session.cookie.expires': ends } : {}
    const found = { 'session.device.browser': browser }
    const { matchedCount } = await sessions.updateMany(found, {
      $set: { ...moved, 'session.device.signedInAt': ago(signedIn) },
    } as never)
    if (matchedCount !== 1) throw new Error(`${matchedCount} sessions of ${browser}`)
  }
}
