/** The device of a session, in words. */
import Bowser from 'bowser'

export interface Device {
  /** Such as `Firefox on Linux`. */
  browser: string
  kind: 'phone' | 'computer'
  signedInAt: Date
}

/** Reads the `User-Agent` header; nothing else of it is stored. */
export function parseDevice(userAgent = ''): Device {
  const { browser, os, platform } = Bowser.parse(userAgent || 'unknown')
  const isHandheld = platform.type === 'mobile' || platform.type === 'tablet'
  return {
    browser: `${browser.name || 'A browser'} on ${os.name || 'an unknown system'}`.slice(0, 60),
    kind: isHandheld ? 'phone' : 'computer',
    signedInAt: new Date(),
  }
}
