import type { PoolStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCount } from '../lib/number.ts'
import { baseOption } from './base-option.ts'
import type { ChartTheme, Translate } from './theme.ts'

/** Active workers on a scale up to the most there may be; the part of the scale that exists now is drawn stronger. */
export function poolGaugeOption(pool: PoolStats, theme: ChartTheme, t: Translate): EChartsOption {
  const { active_count: active, pool_size: size, max_pool_size: max } = pool
  const summary = t('monitor.chart.poolSummary', { active, size, max })
  const width = theme.fontSize * 1.2
  return {
    ...baseOption(theme, summary),
    series: [
      {
        type: 'gauge',
        min: 0,
        max,
        startAngle: 180,
        endAngle: 0,
        center: ['50%', '74%'],
        radius: '116%',
        splitNumber: 1,
        silent: true,
        pointer: { show: false },
        anchor: { show: false },
        axisTick: { show: false },
        splitLine: { show: false },
        progress: { show: true, width, itemStyle: { color: theme.accent } },
        axisLine: {
          lineStyle: {
            width,
            color: [
              [Math.min(1, size / max), theme.outline],
              [1, theme.line],
            ],
          },
        },
        axisLabel: { distance: -theme.fontSize * 2.4, color: theme.muted, fontSize: theme.fontSize },
        title: { show: false },
        detail: {
          offsetCenter: [0, '-18%'],
          formatter: (value: number) => `{figure|${formatCount(value)}}\n{word|${t('monitor.chart.poolActive')}}`,
          rich: {
            figure: {
              color: theme.text,
              fontSize: theme.fontSize * 3.4,
              fontWeight: 600,
              fontFamily: theme.font,
              lineHeight: theme.fontSize * 3.4,
            },
            word: {
              color: theme.muted,
              fontSize: theme.fontSize,
              fontFamily: theme.font,
              padding: [theme.fontSize, 0, 0, 0],
            },
          },
        },
        data: [{ value: active }],
      },
    ],
  }
}
