/** Relative times in words; the element has the exact time. */
import { type Html, html } from '../html.js'

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

export function time(date: Date, now = Date.now()): Html {
  return html`<time datetime="${date.toISOString()}">${words(date, now)}</time>`
}

function words(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1000
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['', 0]
  if (unit) return format.format(Math.ceil(seconds / length), unit)
  if (Math.abs(seconds) < 15) return 'just now'
  return seconds < 0 ? 'less than a minute ago' : 'in less than a minute'
}
