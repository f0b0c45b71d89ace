import type { MonitorStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCompact, formatCount } from '../lib/number.ts'
import type { Language } from '../lib/time.ts'
import { baseOption, tooltipOf } from './base-option.ts'
import type { ChartTheme, Translate } from './theme.ts'

/** Shares of what was sent today, the total in the middle. Channels without any are left out. */
export function channelPieOption(
  channels: MonitorStats['channels'],
  theme: ChartTheme,
  t: Translate,
  language: Language,
): EChartsOption {
  const used = channels.filter(({ sent }) => sent > 0)
  const total = used.reduce((sum, { sent }) => sum + sent, 0)
  const summary = t('monitor.chart.channelsSummary', {
    channels: used.map(({ channel, sent }) => `${t(`channel.${channel}`)} ${formatCount(sent)}`).join(t('ui.comma')),
  })

  return {
    ...baseOption(theme, summary),
    tooltip: { ...tooltipOf(theme), trigger: 'item' },
    title: {
      text: formatCompact(total, language),
      subtext: t('monitor.chart.channelsTotal'),
      left: 'center',
      top: 'middle',
      itemGap: 2,
      textStyle: { color: theme.text, fontSize: theme.fontSize * 1.7, fontWeight: 600 },
      subtextStyle: { color: theme.muted, fontSize: theme.fontSize },
    },
    series: [
      {
        type: 'pie',
        radius: ['40%', '60%'],
        startAngle: 90,
        itemStyle: { borderColor: theme.panel, borderWidth: 2 },
        emphasis: { scale: false },
        label: {
          color: theme.text,
          fontSize: theme.fontSize * 0.94,
          edgeDistance: 0,
          lineHeight: theme.fontSize * 1.3,
          formatter: ({ name, percent }) => `${name}\n${percent?.toFixed(1)}%`,
        },
        labelLine: { length: theme.fontSize * 0.5, length2: theme.fontSize * 0.3, lineStyle: { color: theme.muted } },
        data: used.map(({ channel, sent }) => ({
          name: t(`channel.${channel}`),
          value: sent,
          itemStyle: { color: theme.channel[channel] },
        })),
      },
    ],
  }
}
