// Draws a chart of lines or bars as SVG, readable on a light and on a dark page
// @ts-check
'use strict'

const echarts = require('echarts')

const WIDTH = 960
const PLOT = { top: 112, width: 401, height: 270, gap: 70 }
const ROW = PLOT.height + 86
const LEGEND_ROW = 30

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {string} color
 * @property {number[]} [dash]
 * @property {boolean} [strong]
 * @property {(number | undefined)[]} values one for each label of the x axis
 */
/** @typedef {{ title: string, y: string, x: string, labels: string[], series: Series[], kind?: 'lines' | 'bars', log?: boolean }} Panel */

const STYLE = `<style>
  svg { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d }
  }
</style>`
const SOFT = { color: 'var(--soft)', fontSize: 12, fontWeight: 400 }
const STRONG = { ...SOFT, color: 'var(--ink)', fontWeight: 600 }
const LINE = { lineStyle: { color: 'var(--line)' } }

// There is no canvas to measure with: as wide as the widest of the fonts
echarts.setPlatformAPI({
  measureText: (text, font) => ({
    width: text.length * 0.62 * Number.parseInt(`${/\d+px/.exec(font)}`, 10),
  }),
})

/** @param {{ title: string, subtitle: string, panels: Panel[] }} chart */
function draw({ title, subtitle, panels }) {
  const columns = Math.min(2, panels.length)
  const all = panels.flatMap(({ series }) => series)
  const strong = new Set(all.filter((each) => each.strong).map(({ label }) => label))
  const bottom = PLOT.top + Math.ceil(panels.length / columns) * ROW - 20
  const boxes = panels.map((_, i) => ({
    left: 58 + (i % columns) * (PLOT.width + PLOT.gap),
    top: PLOT.top + Math.floor(i / columns) * ROW,
    width: columns === 1 ? 2 * PLOT.width + PLOT.gap : PLOT.width,
    height: PLOT.height,
  }))
  const labels = [...new Set(all.map(({ label }) => label))]
  const height = bottom + Math.ceil(labels.length / 4) * LEGEND_ROW
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    backgroundColor: 'var(--page)',
    textStyle: { fontFamily: "system-ui, -apple-system, 'Segoe UI', sans-serif" },
    title: [
      text(title, 13, 16, { ...STRONG, fontSize: 18 }),
      text(subtitle, 13, 42, SOFT),
      ...panels.flatMap((panel, i) => {
        const { left, top, width } = boxes[i]
        const unit = { ...text(panel.y, left + width, top - 34, SOFT), textAlign: 'right' }
        return [text(panel.title, left - 5, top - 35, { ...STRONG, fontSize: 14 }), unit]
      }),
    ],
    legend: {
      ...{ left: 13, right: 13, top: bottom, itemWidth: 24, itemGap: 16, textStyle: SOFT },
      data: labels.map((name) => ({ name, textStyle: strong.has(name) ? STRONG : SOFT })),
    },
    grid: boxes,
    xAxis: panels.map(({ labels: data, x: name }, gridIndex) => ({
      ...{ gridIndex, data, name, nameLocation: 'middle', nameGap: 28, nameTextStyle: SOFT },
      ...{ axisTick: { show: false }, axisLine: LINE, axisLabel: SOFT },
    })),
    yAxis: panels.map(({ log }, gridIndex) => ({
      ...{ gridIndex, type: log ? 'log' : 'value', splitNumber: 4, splitLine: LINE },
      axisLabel: { ...SOFT, formatter: short },
    })),
    series: panels.flatMap((panel, i) => panel.series.map((each) => seriesOf(each, panel, i))),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  const head = `<title>${echarts.format.encodeHTML(title)}</title>\n${STYLE}`
  return `${svg.replace(/<svg([^>]*)>/, `<svg role="img"$1>\n${head}`)}\n`
}

/** @param {Series} series @param {Panel} panel @param {number} index the panel's */
function seriesOf({ label, color, dash, strong, values }, { kind, labels, series }, index) {
  return {
    name: label,
    ...{ xAxisIndex: index, yAxisIndex: index, z: strong ? 3 : 2, itemStyle: { color } },
    data: values.map((value) => value ?? '-'),
    ...(kind === 'bars'
      ? { type: 'bar', barGap: '2%', barCategoryGap: '16%' }
      : { type: 'line', symbol: 'circle', showSymbol: labels.length < 12 }),
    lineStyle: { color, width: strong ? 3.5 : 2, type: dash ?? 'solid' },
    symbolSize: strong ? 9 : 7,
    label: {
      ...(strong ? STRONG : SOFT),
      // Where there is room for them, the figures stand on the bars
      show: kind === 'bars' && series.length * labels.length <= 16,
      position: 'top',
      formatter: ({ value }) => short(value),
    },
  }
}

const text = (/** @type {string} */ value, left, top, textStyle) => ({
  text: value,
  left,
  top,
  padding: 0,
  textStyle,
})

const short = (/** @type {number} */ value) =>
  value < 1e4
    ? `${+value.toPrecision(3)}`
    : value < 1e6
      ? `${+(value / 1e3).toPrecision(3)}k`
      : `${+(value / 1e6).toPrecision(3)}M`

module.exports = { draw }
