import type { EChartsOption } from 'echarts'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import '../../src/charts/echarts.ts'

use(SVGRenderer)

/** Draws with the very parts of ECharts that the product loads, as SVG. */
export function renderChart(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 600, height: 400 })
  chart.setOption({ ...option, animation: false })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** The texts of a drawing, in the order they stand in it. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '')
}
