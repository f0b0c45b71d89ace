import type { MonitorStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCount } from '../lib/number.ts'
import { baseOption, tooltipOf } from './base-option.ts'
import type { ChartTheme, Translate } from './theme.ts'

/** Shares of what was sent; the words stand beside it. Channels without any are left out. */
export function channelPieOption(channels: MonitorStats['channels'], theme: ChartTheme, t: Translate): EChartsOption {
  const used = channels.filter(({ sent }) => sent > 0)
  const summary = t('monitor.chart.channelsSummary', {
    channels: used.map(({ channel, sent }) => `${t(`channel.${channel}`)} ${formatCount(sent)}`).join(t('ui.comma')),
  })

  return {
    ...baseOption(theme, summary),
    tooltip: { ...tooltipOf(theme), trigger: 'item' },
    series: [
      {
        type: 'pie',
        radius: ['52%', '98%'],
        startAngle: 90,
        itemStyle: { borderColor: theme.panel, borderWidth: 2 },
        emphasis: { scale: false },
        // The legend beside it has the words.
        label: { show: false },
        data: used.map(({ channel, sent }) => ({
          name: t(`channel.${channel}`),
          value: sent,
          itemStyle: { color: theme.channel[channel] },
        })),
      },
    ],
  }
}
