import { describe, expect, it, vi } from 'vitest'
import { t, THEME } from '../../test/support/chart-theme.ts'
import { NO_TOTALS, channelFigures, stats, totals } from '../../test/support/figures.ts'
import { renderChart, textsOf } from '../../test/support/render-chart.ts'
import { channelPieOption } from './channel-pie-option.ts'
import { trendOption } from './trend-option.ts'

// ECharts tells of a part that was not loaded on the console and draws on.
vi.spyOn(console, 'error').mockImplementation((text: string) => {
  throw new Error(text)
})

describe('the trend', () => {
  const days = [
    { ...totals({ sent: 12_345, failed: 20 }), date: '2025-11-20' },
    { ...totals({ sent: 100, failed: 0 }), date: '2025-11-21' },
  ]
  const { curve, usual } = stats()
  const figures = { curve, usual, days }

  it('draws sent and failed of each day under its weekday, today by its name', () => {
    const texts = textsOf(renderChart(trendOption(figures, THEME, t, 'en')))
    expect(texts).toEqual(expect.arrayContaining(['Thu', 'trendToday', '12K', '20', '100', '0']))
  })

  it('hatches today, which is not over', () => {
    const svg = renderChart(trendOption(figures, THEME, t, 'en'))
    expect(svg.match(/fill="url\(#/g)).toHaveLength(2)
  })

  it('draws the range over what is usual, and without past weeks the range alone', () => {
    const drawn = (weeks: number) =>
      renderChart(trendOption({ ...figures, usual: { ...usual, weeks } }, THEME, t, 'en'))
    expect(drawn(4)).toContain('stroke="muted" stroke-width="1.4" stroke-dasharray')
    expect(drawn(0)).not.toContain('stroke="muted" stroke-width="1.4" stroke-dasharray')
  })

  it('tells the range and every day to a screen reader', () => {
    const { aria } = trendOption(figures, THEME, t, 'zh')
    expect(aria).toMatchObject({
      label: {
        description: 'curveSummary 1 小时 100 60 5 trendSummary trendDay 周四 12,345 20; trendDay trendToday 100 0',
      },
    })
  })
})

describe('the channel pie', () => {
  it('shows the share of each channel that was used and leaves the others out', () => {
    const channels = [
      channelFigures('sms', totals({ sent: 300 })),
      channelFigures('email', totals({ sent: 100 })),
      channelFigures('feishu', NO_TOTALS),
    ]
    const svg = renderChart(channelPieOption(channels, THEME, t))
    expect(svg).toContain('fill="orange"')
    expect(svg).not.toContain('feishu')
    expect(svg).toContain('fill="blue"')
  })
})
