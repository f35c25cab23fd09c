/** The machine's Chromium, where it has one. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** `CHROMIUM_PATH`, or the first on the PATH. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const directories = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return directories
    .flatMap((directory) => NAMES.map((name) => path.join(directory, name)))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function launchChromium(executablePath: string): Promise<Browser> {
  // No sandbox: in a container, and as root, there is none; the pages are our own
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}
