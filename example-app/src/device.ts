/** The browser of a session, as a person would name it. */
import Bowser from 'bowser'

export interface Device {
  /** Such as `Firefox on Linux`. */
  browser: string
  kind: 'phone' | 'computer'
  signedInAt: Date
}

/** From the header `User-Agent`, of which not more than this is kept. */
export function deviceOf(userAgent = ''): Device {
  const { browser, os, platform } = Bowser.parse(userAgent || 'unknown')
  const isHandheld = platform.type === 'mobile' || platform.type === 'tablet'
  return {
    browser: `${browser.name || 'A browser'} on ${os.name || 'an unknown system'}`.slice(0, 60),
    kind: isHandheld ? 'phone' : 'computer',
    signedInAt: new Date(),
  }
}
