/** Tests in Chromium, with any number of devices. Without Chromium they are skipped, by name. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { uniqueName } from '../server'
import { findChromium, launchChromium } from './chromium'
import { type Database, newDatabase } from './database'
import { type Delivery, startDelivery } from './delivery'
import { type Example, startExample } from './start'

export interface BrowserTest {
  readonly example: Example
  readonly database: Database
  readonly delivery: Delivery
  /** Ends the app as Ctrl-C does, and starts it at the same address. */
  restart(): Promise<void>
  /** A browser of its own, with its own cookies. */
  newDevice(options?: BrowserContextOptions): Promise<Page>
  newEmail(): string
}

const executable = findChromium()

/** The body declares tests. They may use what it is given; the body itself may not. */
export function describeInBrowser(name: string, body: (test: BrowserTest) => void): void {
  if (!executable) describe.skip(`${name} [there is no Chromium]`, () => body({} as BrowserTest))
  else describe(name, () => body(startBeforeTests(executable)))
}

function startBeforeTests(executablePath: string): BrowserTest {
  let browser: Browser
  let example: Example
  let database: Database
  let delivery: Delivery
  const contexts: BrowserContext[] = []
  const consoleErrors: string[] = []
  const env = () => ({
    ...database.env,
    DELIVERY_SERVICE: delivery.address,
    SESSION_SECRET: 'of these tests',
  })

  beforeAll(async () => {
    ;[database, delivery] = await Promise.all([newDatabase(), startDelivery()])
    const started = await Promise.all([startExample(env()), launchChromium(executablePath)])
    ;[example, browser] = started
  }, 60_000)

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    // Such as a script that the content security policy has refused
    expect(consoleErrors.splice(0)).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await example?.stop()
    await Promise.all([database?.close(), delivery?.close()])
  })

  return {
    get example() {
      return example
    },
    get database() {
      return database
    },
    get delivery() {
      return delivery
    },
    async restart() {
      const { port } = new URL(example.address)
      expect(await example.stop()).toBe(0)
      example = await startExample({ ...env(), PORT: port })
    },
    async newDevice(options = {}) {
      const context = await browser.newContext({ baseURL: example.address, ...options })
      context.setDefaultTimeout(40_000)
      contexts.push(context)
      context.on('weberror', (error) => consoleErrors.push(String(error.error())))
      context.on('console', (message) => {
        const isRefusal = /status of 4\d\d/.test(message.text())
        if (message.type() === 'error' && !isRefusal) consoleErrors.push(message.text())
      })
      return context.newPage()
    },
    newEmail: () => `${uniqueName('somebody')}@example.org`,
  }
}
