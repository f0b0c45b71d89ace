import { describe, expect, it, vi } from 'vitest'
import { t, THEME } from '../../test/support/chart-theme.ts'
import { NO_TOTALS, channelFigures, stats, totals } from '../../test/support/figures.ts'
import { renderChart, textsOf } from '../../test/support/render-chart.ts'
import { channelPieOption } from './channel-pie-option.ts'
import { poolGaugeOption } from './pool-gauge-option.ts'
import { successBarsOption } from './success-bars-option.ts'
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
    expect(texts).toEqual(expect.arrayContaining(['Thu', 'trendToday', '12.3K', '20', '100', '0']))
  })

  it('hatches today, which is not over', () => {
    const svg = renderChart(trendOption(figures, THEME, t, 'en'))
    expect(svg.match(/fill="url\(#/g)).toHaveLength(2)
  })

  it('draws the range over what is usual, and without past weeks the range alone', () => {
    const drawn = (weeks: number) =>
      renderChart(trendOption({ ...figures, usual: { ...usual, weeks } }, THEME, t, 'en'))
    expect(drawn(4)).toContain('stroke="muted" stroke-width="1.5" stroke-dasharray')
    expect(drawn(0)).not.toContain('stroke="muted" stroke-width="1.5" stroke-dasharray')
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
    const svg = renderChart(channelPieOption(channels, THEME, t, 'en'))
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['sms', '75.0%', 'email', '25.0%', '400']))
    expect(svg).not.toContain('feishu')
    expect(svg).toContain('fill="blue"')
  })
})

describe('the success bars', () => {
  const channels = [
    channelFigures('sms', totals({ success: 1171, failed: 32, success_rate: 97.34 })),
    channelFigures('email', totals({ success: 3, failed: 1, success_rate: 75 })),
    channelFigures('app', totals({ sent: 5, success: 0, failed: 5, success_rate: 0 })),
    channelFigures('feishu', NO_TOTALS),
  ]
  const svg = renderChart(successBarsOption(channels, THEME, t))

  it('stand beside their figure and the size of the sample', () => {
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['97.34%', 'ratesSample 1,203', '75.00%', 'ratesSample 4']))
  })

  it('tell 0% from nothing yet', () => {
    expect(textsOf(svg)).toContain('0%')
    expect(textsOf(svg).filter((text) => text === 'ratesNone')).toHaveLength(1)
  })

  it('are hatched where the sample is small', () => {
    const large = [channelFigures('sms', totals({ success: 1000, failed: 0, success_rate: 100 }))]
    expect(renderChart(successBarsOption(large, THEME, t))).not.toContain('<pattern')
    expect(svg).toContain('<pattern')
  })
})

describe('the pool gauge', () => {
  it('shows the active workers on a scale up to the most there may be', () => {
    const pool = stats().pools['message_sender']
    if (!pool) throw new Error('expected the pool message_sender, got none')
    const texts = textsOf(renderChart(poolGaugeOption(pool, THEME, t)))
    expect(texts).toEqual(expect.arrayContaining(['12', 'poolActive', '0', '100']))
  })
})
