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
    // Drawn on the canvas: as an element it asks for the page's computed style at each tick, which lays the page out.
    renderMode: 'richText',
    backgroundColor: theme.raised,
    borderColor: theme.line,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: theme.fontSize },
  }
}

const hatchings = new Map<string, object>()

/** Dark or light stripes: a bar that is told from others without its colour. One object per colour: ECharts keeps what it
 * drew for it, and makes a canvas for each one that it does not know. */
export function hatched({ panel }: ChartTheme) {
  const known = hatchings.get(panel)
  if (known) return known
  const made = { symbol: 'rect', color: panel, dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4 }
  hatchings.set(panel, made)
  return made
}
