// Draws a chart of lines or bars as SVG, readable on a light and on a dark page
// @ts-check
'use strict'

const WIDTH = 960
const MARGIN = { top: 78, left: 58, right: 18, gap: 70 }
const PLOT = 270
const ROW = PLOT + 78

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {string} color
 * @property {string} [dash]
 * @property {boolean} [strong]
 * @property {(number | undefined)[]} values one for each label of the x axis
 */
/** @typedef {{ title: string, y: string, x: string, labels: string[], series: Series[], kind?: 'lines' | 'bars', log?: boolean }} Panel */

const STYLE = `
  svg { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d }
  }
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--soft) }
  .title { font-size: 18px; font-weight: 600; fill: var(--ink) }
  .panel { font-size: 14px; font-weight: 600; fill: var(--ink) }
  .strong { font-weight: 600; fill: var(--ink) }
  .page { fill: var(--page) } .grid { stroke: var(--line) } .ring { stroke: var(--page) }`

/** @param {{ title: string, subtitle: string, panels: Panel[] }} chart */
function draw({ title, subtitle, panels }) {
  const columns = Math.min(2, panels.length)
  const width = (WIDTH - columns * MARGIN.left - MARGIN.right - (columns - 1) * 24) / columns
  const legend = legendOf(panels)
  const rows = Math.ceil(panels.length / columns)
  const height = MARGIN.top + rows * ROW + legend.height + 14
  const drawn = panels.map((panel, i) => {
    const x = MARGIN.left + (i % columns) * (width + MARGIN.left + 24)
    const y = MARGIN.top + Math.floor(i / columns) * ROW
    return `<g transform="translate(${round(x)} ${y})">${plot(panel, width)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${height}" rx="6"/>
<text class="title" x="18" y="30">${escaped(title)}</text>
<text x="18" y="49">${escaped(subtitle)}</text>
${drawn.join('\n')}
<g transform="translate(18 ${MARGIN.top + rows * ROW})">${legend.svg}</g>
</svg>
`
}

/** @param {Panel} panel @param {number} width */
function plot({ title, y, x, labels, series, kind = 'lines', log = false }, width) {
  const values = series.flatMap((each) => each.values).filter((value) => value !== undefined)
  const ticks = log ? decades(values) : steps(Math.max(...values, 0))
  const [low, high] = [ticks[0], ticks[ticks.length - 1]]
  const share = (/** @type {number} */ value) =>
    log ? Math.log(value / low) / Math.log(high / low) : value / high
  const up = (/** @type {number} */ value) => round(PLOT - Math.max(0, share(value)) * PLOT)
  const slot = width / labels.length
  const along = (/** @type {number} */ i) => round(slot * (i + 0.5))

  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x2="${round(width)}" y1="${up(tick)}" y2="${up(tick)}"/>` +
      `<text x="-8" y="${up(tick) + 4}" text-anchor="end">${short(tick)}</text>`,
  )
  const every = Math.ceil((labels.length * 55) / width)
  const named = labels.map((label, i) =>
    i % every
      ? ''
      : `<text x="${along(i)}" y="${PLOT + 18}" text-anchor="middle">${escaped(label)}</text>`,
  )
  const marks =
    kind === 'bars' ? bars(series, slot, up) : lines(series, along, up, labels.length < 12)
  return [
    `<text class="panel" x="0" y="-10">${escaped(title)}</text>`,
    `<text x="${round(width)}" y="-10" text-anchor="end">${escaped(y)}</text>`,
    ...grid,
    ...named,
    `<text x="${round(width / 2)}" y="${PLOT + 36}" text-anchor="middle">${escaped(x)}</text>`,
    ...marks,
  ].join('\n')
}

/** @param {Series[]} series @param {(i: number) => number} along @param {(value: number) => number} up */
function lines(series, along, up, /** @type {boolean} */ dots) {
  // The strong ones last, over the others
  return [...series].sort(byStrength).map(({ values, color, dash, strong, label }) => {
    const points = values.flatMap((value, i) =>
      value === undefined ? [] : [[along(i), up(value)]],
    )
    const path = points.map(([x, y], i) => `${i ? 'L' : 'M'}${x} ${y}`).join('')
    const line = `<path d="${path}" fill="none" stroke="${color}" stroke-width="${strong ? 3.5 : 2}" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`
    const circles = points.map(
      ([x, y]) =>
        `<circle class="ring" cx="${x}" cy="${y}" r="${strong ? 5 : 4}" fill="${color}"/>`,
    )
    return `<g><title>${escaped(label)}</title>${line}${dots ? circles.join('') : ''}</g>`
  })
}

/** @param {Series[]} series @param {number} slot @param {(value: number) => number} up */
function bars(series, slot, up) {
  const width = (slot * 0.84) / series.length
  // Where there is room for them, the figures stand on the bars
  const isWide = width > 34
  return series.flatMap(({ values, color, label, strong }, n) =>
    values.map((value, i) => {
      if (value === undefined) return ''
      const x = round(slot * i + slot * 0.08 + width * n)
      const figure = isWide
        ? `<text${strong ? ' class="strong"' : ''} x="${round(x + width / 2)}" y="${up(value) - 5}" text-anchor="middle">${short(value)}</text>`
        : ''
      return `<rect x="${x}" y="${up(value)}" width="${round(width - 1)}" height="${round(PLOT - up(value))}" fill="${color}"><title>${escaped(label)}: ${short(value)}</title></rect>${figure}`
    }),
  )
}

/** @param {Panel[]} panels */
function legendOf(panels) {
  const all = new Map(panels.flatMap(({ series }) => series.map((each) => [each.label, each])))
  let [x, y] = [0, 8]
  const entries = [...all.values()].map(({ label, color, dash, strong }) => {
    const width = 44 + label.length * (strong ? 7.2 : 6.6)
    if (x + width > WIDTH - 36) [x, y] = [0, y + 22]
    const entry =
      `<line x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="4"${dash ? ` stroke-dasharray="${dash}"` : ''}/>` +
      `<text${strong ? ' class="strong"' : ''} x="${x + 28}" y="${y + 4}">${escaped(label)}</text>`
    x = round(x + width)
    return entry
  })
  return { svg: entries.join('\n'), height: y + 16 }
}

/** From 0 to `most`, in steps that are 1, 2 or 5 times a power of ten. */
function steps(/** @type {number} */ most) {
  const rough = (most || 1) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power
  return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, i) => i * step)
}

function decades(/** @type {number[]} */ values) {
  const positive = values.filter((value) => value > 0)
  const from = Math.floor(Math.log10(Math.min(...positive)))
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive))))
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
}

const byStrength = (/** @type {Series} */ a, /** @type {Series} */ b) =>
  Number(a.strong ?? false) - Number(b.strong ?? false)
const round = (/** @type {number} */ value) => Math.round(value * 10) / 10
const short = (/** @type {number} */ value) =>
  value >= 1e6
    ? `${round(value / 1e6)}M`
    : value >= 1e4
      ? `${round(value / 1e3)}k`
      : `${+value.toPrecision(3)}`
const escaped = (/** @type {string} */ text) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

module.exports = { draw }
