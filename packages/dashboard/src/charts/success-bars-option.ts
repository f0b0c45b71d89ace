import type { MonitorStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCount, formatPercent } from '../lib/number.ts'
import { wilsonInterval } from '../lib/wilson.ts'
import { baseOption, hatched } from './base-option.ts'
import type { ChartTheme, Translate } from './theme.ts'

/** Below this a rate is more chance than measurement: its bar is hatched. */
export const SMALL_SAMPLE = 30

/** Narrower than this, in points, the interval is not worth a mark. */
const NOTABLE_POINTS = 1

/**
 * From 0 to 100, for a bar that starts elsewhere lies about its length; figure and sample size stand beside it. A channel
 * on which nothing ended has no bar and says so. The whisker is what keeps 3 of 3 from looking like 3,000 of 3,000.
 */
export function successBarsOption(channels: MonitorStats['channels'], theme: ChartTheme, t: Translate): EChartsOption {
  const rows = channels.map((row) => ({
    name: t(`channel.${row.channel}`),
    rate: row.success_rate,
    counted: row.sample,
    trusted: wilsonInterval(row.success, row.sample),
    color: theme.channel[row.channel],
  }))
  const figures = rows.map(({ rate, counted }) =>
    rate === null
      ? `{none|${t('monitor.chart.ratesNone')}}`
      : `{rate|${formatPercent(rate)}}\n{sample|${t('monitor.chart.ratesSample', { count: formatCount(counted) })}}`,
  )
  const summary = t('monitor.chart.ratesSummary', {
    channels: rows
      .map(({ name, rate, counted }) =>
        rate === null
          ? `${name} ${t('monitor.chart.ratesNone')}`
          : t('monitor.chart.ratesOf', { channel: name, rate: formatPercent(rate), count: formatCount(counted) }),
      )
      .join(t('ui.comma')),
  })
  const bare = { axisTick: { show: false }, axisLine: { show: false }, inverse: true, type: 'category' as const }

  return {
    ...baseOption(theme, summary),
    grid: { left: theme.fontSize * 4.4, right: theme.fontSize * 6.8, top: 4, bottom: 4 },
    xAxis: { type: 'value', min: 0, max: 100, show: false },
    yAxis: [
      {
        ...bare,
        data: rows.map(({ name }) => name),
        axisLabel: { color: theme.text, fontSize: theme.fontSize, interval: 0 },
      },
      {
        ...bare,
        position: 'right',
        data: figures,
        axisLabel: {
          interval: 0,
          rich: {
            rate: {
              color: theme.text,
              fontSize: theme.fontSize * 1.15,
              fontWeight: 600,
              lineHeight: theme.fontSize * 1.4,
            },
            sample: { color: theme.muted, fontSize: theme.fontSize * 0.9, lineHeight: theme.fontSize * 1.3 },
            none: { color: theme.muted, fontSize: theme.fontSize },
          },
        },
      },
    ],
    series: [
      {
        type: 'bar',
        barWidth: '46%',
        showBackground: true,
        backgroundStyle: { color: theme.raised, borderRadius: 2 },
        silent: true,
        data: rows.map(({ rate, counted, color }) => ({
          value: rate ?? '-',
          itemStyle: { color, borderRadius: 2, ...(counted < SMALL_SAMPLE ? { decal: hatched(theme) } : {}) },
        })),
      },
      ...whiskers(
        rows.map(({ trusted }) => (trusted && trusted.high - trusted.low >= NOTABLE_POINTS ? trusted : null)),
        theme,
      ),
    ],
  }
}

/** A thin bar over the other, from the low end of each interval to its high end. */
function whiskers(intervals: readonly ({ low: number; high: number } | null)[], theme: ChartTheme) {
  const thin = {
    type: 'bar' as const,
    stack: 'trusted',
    // On an axis of its own: bars of one axis stand beside each other.
    yAxisIndex: 1,
    barWidth: Math.max(3, theme.fontSize / 4),
    silent: true,
    z: 3,
  }
  return [
    { ...thin, itemStyle: { color: 'transparent' }, data: intervals.map((interval) => interval?.low ?? '-') },
    {
      ...thin,
      itemStyle: { color: theme.text, borderColor: theme.panel, borderWidth: 1 },
      data: intervals.map((interval) => (interval ? interval.high - interval.low : '-')),
    },
  ]
}
