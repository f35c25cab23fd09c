/** The machine's Chromium, if it has one. */
import { which } from 'local-mongodb/which'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** `CHROMIUM_PATH`, or the first on the PATH. */
export function findChromium(): string | undefined {
  return process.env.CHROMIUM_PATH || NAMES.map(which).find(Boolean)
}

export function launchChromium(executablePath: string): Promise<Browser> {
  // No sandbox: in a container, and as root, there is none; the pages are our own
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}
