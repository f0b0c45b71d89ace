import type { EChartsOption } from 'echarts'
import type { ChartTheme } from './theme.ts'

/** What all charts share. `summary` is what a screen reader says in the place of the picture. */
export function baseOption(theme: ChartTheme, summary: string): EChartsOption {
  return {
    textStyle: { fontFamily: theme.font, fontSize: theme.fontSize, color: theme.text },
    aria: { enabled: true, label: { description: summary } },
    animationDuration: 400,
  }
}

export function tooltipOf(theme: ChartTheme): EChartsOption['tooltip'] {
  return {
    confine: true,
    backgroundColor: theme.raised,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: theme.fontSize },
  }
}

/** Dark or light stripes: a bar that is told from others without its colour. */
export function hatched(theme: ChartTheme) {
  return { symbol: 'rect', color: theme.panel, dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4 }
}
