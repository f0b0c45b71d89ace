import type { MonitorStats } from '@signalbox/contracts'
import type { EChartsOption } from 'echarts'
import { formatCompact, formatCount, NO_FIGURE } from '../lib/number.ts'
import { formatDuration, formatWeekday, type Language } from '../lib/time.ts'
import { baseOption, hatched, tooltipOf } from './base-option.ts'
import { slotsOf, type Slots } from './slots.ts'
import type { ChartTheme, Translate } from './theme.ts'

type Trend = MonitorStats['trend']
export interface TrendFigures {
  curve: MonitorStats['curve']
  usual: MonitorStats['usual'] | undefined
  /** Seven days, today last. */
  days: Trend
}

export interface Room {
  /** Over the bars there is room for the figure of today alone. */
  narrow?: boolean
  /** The two scales of failures stand without words and figures; their colour and their place tell them. */
  low?: boolean
}

/** The columns of the panel: the range, and the seven days beside it. */
const SPLIT = { wide: { curveEnds: '36%', daysBegin: '68%' }, narrow: { curveEnds: '44%', daysBegin: '61%' } }
const CURVE = 0
const CURVE_FAILED = 1
const DAYS = 2
const DAYS_FAILED = 3

/**
 * On the left the range as a line over what is usual on that weekday, on the right the last seven days; sent above,
 * failed below, each on its own scale: on one, failures would be a line on the floor.
 */
export function trendOption(
  { curve, usual, days }: TrendFigures,
  theme: ChartTheme,
  t: Translate,
  language: Language,
  { narrow = false, low = false }: Room = {},
): EChartsOption {
  const split = narrow ? SPLIT.narrow : SPLIT.wide
  const slots = slotsOf(curve, usual, language)
  const slot = formatDuration(slots.slotMs, language)
  const dayNames = days.map(({ date }, i) =>
    i === days.length - 1 ? t('monitor.chart.trendToday') : formatWeekday(date, language),
  )
  const em = theme.fontSize
  const axisText = { color: theme.muted, fontSize: em }
  const place = (gridIndex: number) => {
    const [left, right] = gridIndex <= CURVE_FAILED ? [em * 3.4, split.curveEnds] : [split.daysBegin, 0]
    const failed = gridIndex === CURVE_FAILED || gridIndex === DAYS_FAILED
    const [top, bottom] = low ? ['74%', '38%'] : ['77%', '41%']
    return { left, right, ...(failed ? { top, bottom: em * 1.9 } : { top: em * 2.4, bottom }) }
  }

  return {
    ...baseOption(theme, [curveSummary(curve, slot, t), daysSummary(days, dayNames, t)].join(' ')),
    tooltip: {
      ...tooltipOf(theme),
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: theme.outline } },
      formatter: (params) => tooltipText(params, slots, t),
    },
    title: [
      title(t('monitor.chart.curveSent', { slot }), 0, 0),
      ...(low ? [] : [title(t('monitor.chart.curveFailed'), 0, '63%')]),
      title(t(narrow ? 'monitor.chart.daysSentShort' : 'monitor.chart.daysSent'), split.daysBegin, 0),
      ...(low ? [] : [title(t('monitor.chart.daysFailed'), split.daysBegin, '63%')]),
    ],
    grid: [CURVE, CURVE_FAILED, DAYS, DAYS_FAILED].map(place),
    xAxis: [CURVE, CURVE_FAILED, DAYS, DAYS_FAILED].map((gridIndex) => {
      const isCurve = gridIndex <= CURVE_FAILED
      return {
        gridIndex,
        type: 'category' as const,
        data: isCurve ? slots.labels : dayNames,
        boundaryGap: !isCurve,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: theme.line } },
        axisLabel: {
          ...axisText,
          ...(narrow && !isCurve ? { fontSize: em * 0.8 } : {}),
          show: gridIndex === CURVE_FAILED || gridIndex === DAYS_FAILED,
          hideOverlap: true,
          interval: isCurve ? labelInterval(slots) : narrow ? 2 : 0,
          ...(isCurve ? { alignMinLabel: 'left' as const, alignMaxLabel: 'right' as const } : {}),
        },
      }
    }),
    yAxis: [CURVE, CURVE_FAILED, DAYS, DAYS_FAILED].map((gridIndex) => ({
      gridIndex,
      type: 'value' as const,
      show: gridIndex === CURVE || gridIndex === CURVE_FAILED,
      min: 0,
      // Room for the figure over the highest bar.
      ...(gridIndex >= DAYS ? { max: ({ max }: { max: number }) => Math.max(1, max) * 1.2 } : {}),
      // An axis of fractions of a message helps nobody.
      minInterval: 1,
      splitNumber: gridIndex === CURVE && !low ? 3 : 1,
      axisLabel: {
        ...axisText,
        show: !low || gridIndex === CURVE,
        formatter: (value: number) => formatCompact(value, language),
      },
      splitLine: { lineStyle: { color: theme.line } },
    })),
    series: [
      ...(slots.weeks > 0 ? usualLines(slots, theme) : []),
      {
        ...line(slots.sent, CURVE, { color: theme.accent, width: em / 5 }, 3),
        name: t('monitor.chart.curveSent', { slot }),
      },
      {
        ...line(slots.failed, CURVE_FAILED, { color: theme.fail, width: em / 8 }, 2),
        areaStyle: { color: theme.fail, opacity: 0.28 },
        name: t('monitor.chart.curveFailed'),
      },
      bars(t('monitor.chart.daysSent'), DAYS, theme.accent, (day) => day.sent),
      bars(t('monitor.chart.daysFailed'), DAYS_FAILED, theme.fail, (day) => day.failed),
    ],
  }

  function title(text: string, left: number | string, top: number | string) {
    return { text, left, top, padding: 0, textStyle: { ...axisText, fontWeight: 'normal' as const } }
  }

  function bars(name: string, index: number, color: string, pick: (day: Trend[number]) => number) {
    return {
      name,
      type: 'bar' as const,
      xAxisIndex: index,
      yAxisIndex: index,
      barCategoryGap: '28%',
      data: days.map((day, i) => ({
        value: pick(day),
        ...((narrow && i < days.length - 1) || (low && index === DAYS_FAILED) ? { label: { show: false } } : {}),
        itemStyle: { color, ...(i === days.length - 1 ? { decal: hatched(theme) } : {}) },
      })),
      label: {
        show: true,
        position: 'top' as const,
        distance: 2,
        color: theme.text,
        fontSize: em * 0.82,
        formatter: ({ value }: { value?: unknown }) => formatCompact(Number(value), language, 2),
      },
      labelLayout: { hideOverlap: true },
    }
  }
}

type Values = readonly (number | null)[]

function line(values: Values, index: number, lineStyle: { color: string; width: number; type?: 'dashed' }, z: number) {
  return {
    type: 'line' as const,
    xAxisIndex: index,
    yAxisIndex: index,
    data: values.map((value) => value ?? '-'),
    showSymbol: false,
    silent: true,
    // A peak is what one looks for: sampling keeps the extremes.
    sampling: 'minmax' as const,
    z,
    lineStyle,
    itemStyle: { color: lineStyle.color },
  }
}

/** What is usual: the colour between two lines that nobody sees, the middle of it, and the most that failed. */
function usualLines({ low, median, high, failedHigh }: Slots, theme: ChartTheme) {
  const hidden = { color: 'transparent', width: 0 }
  const dashed = { color: theme.muted, width: theme.fontSize / 10, type: 'dashed' as const }
  const height = high.map((value, i) => (value === null ? null : value - (low[i] ?? 0)))
  return [
    { ...line(low, CURVE, hidden, 0), stack: 'usual' },
    { ...line(height, CURVE, hidden, 0), stack: 'usual', areaStyle: { color: theme.muted, opacity: 0.22 } },
    line(median, CURVE, dashed, 1),
    line(failedHigh, CURVE_FAILED, dashed, 1),
  ]
}

/** A label per 3 hours, or per day. */
function labelInterval({ labels, slotMs }: Slots): number {
  const hours = labels.length * slotMs > 36 * 3_600_000 ? 24 : 4
  return Math.max(0, Math.round((hours * 3_600_000) / slotMs) - 1)
}

function tooltipText(params: unknown, slots: Slots, t: Translate): string {
  const first = (Array.isArray(params) ? params[0] : params) as { dataIndex: number; axisIndex: number; name: string }
  const shown = (Array.isArray(params) ? params : [params]) as { seriesName: string; value: unknown }[]
  const i = first.dataIndex
  const low = slots.low[i] ?? null
  const lines = shown
    .filter(({ seriesName, value }) => !seriesName.startsWith('series') && value !== '-')
    .map(({ seriesName, value }) => `${seriesName}: ${formatCount(Number(value))}`)
  if (first.axisIndex <= CURVE_FAILED && low !== null) {
    const range = { low: formatCount(low), high: formatCount(slots.high[i] ?? null) }
    lines.push(`${t('monitor.chart.curveUsual')}: ${t('monitor.chart.curveUsualRange', range)}`)
  }
  return [first.name, ...lines].join('\n')
}

function curveSummary(curve: MonitorStats['curve'], slot: string, t: Translate): string {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return t('monitor.chart.curveSummary', {
    slot,
    sent: formatCount(sum(curve.sent)),
    peak: curve.sent.length > 0 ? formatCount(Math.max(...curve.sent)) : NO_FIGURE,
    failed: formatCount(sum(curve.failed)),
  })
}

function daysSummary(days: Trend, names: readonly string[], t: Translate): string {
  const told = days.map(({ sent, failed }, i) =>
    t('monitor.chart.trendDay', { day: names[i], sent: formatCount(sent), failed: formatCount(failed) }),
  )
  return t('monitor.chart.trendSummary', { days: told.join('; ') })
}
