import type { MonitorStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCompact, formatCount } from '../lib/number.ts'
import { formatWeekday, type Language } from '../lib/time.ts'
import { baseOption, hatched, tooltipOf } from './base-option.ts'
import type { ChartTheme, Translate } from './theme.ts'

type Trend = MonitorStats['trend']

/**
 * Sent above, failed below, each on its own scale: on one, failures would be a line on the floor. Today is hatched, for
 * it is not over.
 */
export function trendOption(trend: Trend, theme: ChartTheme, t: Translate, language: Language): EChartsOption {
  const days = trend.map(({ date }, i) =>
    i === trend.length - 1 ? t('monitor.chart.trendToday') : formatWeekday(date, language),
  )
  const summary = t('monitor.chart.trendSummary', {
    days: trend
      .map(({ sent, failed }, i) =>
        t('monitor.chart.trendDay', { day: days[i], sent: formatCount(sent), failed: formatCount(failed) }),
      )
      .join('; '),
  })
  const name = { color: theme.muted, fontSize: theme.fontSize, align: 'left' as const }

  return {
    ...baseOption(theme, summary),
    tooltip: { ...tooltipOf(theme), trigger: 'axis', axisPointer: { type: 'shadow' } },
    title: [
      { text: t('monitor.chart.trendSent'), top: 0, left: 0, textStyle: { ...name, fontWeight: 'normal' } },
      { text: t('monitor.chart.trendFailed'), top: '62%', left: 0, textStyle: { ...name, fontWeight: 'normal' } },
    ],
    grid: [
      { left: 0, right: 0, top: 38, bottom: '42%' },
      { left: 0, right: 0, top: '74%', bottom: 26 },
    ],
    xAxis: [0, 1].map((gridIndex) => ({
      gridIndex,
      type: 'category' as const,
      data: days,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.line } },
      axisLabel: { show: gridIndex === 1, color: theme.muted, fontSize: theme.fontSize, interval: 0 },
    })),
    yAxis: [0, 1].map((gridIndex) => ({ gridIndex, type: 'value' as const, show: false, min: 0 })),
    series: [
      bars(t('monitor.chart.trendSent'), 0, theme.accent, (day) => day.sent),
      bars(t('monitor.chart.trendFailed'), 1, theme.fail, (day) => day.failed),
    ],
  }

  function bars(label: string, index: number, color: string, pick: (day: Trend[number]) => number) {
    return {
      name: label,
      type: 'bar' as const,
      xAxisIndex: index,
      yAxisIndex: index,
      barCategoryGap: '30%',
      data: trend.map((day, i) => ({
        value: pick(day),
        itemStyle: { color, ...(i === trend.length - 1 ? { decal: hatched(theme) } : {}) },
      })),
      label: {
        show: true,
        position: 'top' as const,
        distance: 3,
        color: theme.text,
        fontSize: theme.fontSize,
        formatter: ({ value }: { value?: unknown }) => formatCompact(Number(value), language),
      },
    }
  }
}
