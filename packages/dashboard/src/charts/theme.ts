/** What a chart may know of the look: the tokens, read from the page, so that there is one source of colour and type. */
import { CHANNELS, type Channel } from '@signalbox/contracts'
import { useWindowSize } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'
import { usePreferences } from '../shell/preferences.ts'

export interface ChartTheme {
  text: string
  muted: string
  line: string
  outline: string
  panel: string
  raised: string
  accent: string
  ok: string
  warn: string
  fail: string
  channel: Record<Channel, string>
  font: string
  /** px */
  fontSize: number
}

/** Words and formats for a chart, in the language on screen. */
export type Translate = (key: string, named?: Record<string, unknown>) => string

export function readChartTheme(tokens: Pick<CSSStyleDeclaration, 'getPropertyValue'>): ChartTheme {
  const token = (name: string): string => tokens.getPropertyValue(`--${name}`).trim()
  const channelColors = CHANNELS.map((channel) => [channel, token(`channel-${channel}`)])
  return {
    text: token('text'),
    muted: token('muted'),
    line: token('line'),
    outline: token('outline'),
    panel: token('panel'),
    raised: token('raised'),
    accent: token('accent'),
    ok: token('ok'),
    warn: token('warn'),
    fail: token('fail'),
    channel: Object.fromEntries(channelColors) as Record<Channel, string>,
    font: token('font'),
    fontSize: (Number(token('chart-text')) || 13) * (Number(token('scale')) || 1),
  }
}

export function useChartTheme(): ComputedRef<ChartTheme> {
  const preferences = usePreferences()
  const { width } = useWindowSize()
  return computed(() => {
    // The theme's class is on the page before this runs; reading it here is what makes the colours follow it.
    void preferences.theme
    // Size and scale go by the width.
    void width.value
    return readChartTheme(getComputedStyle(document.documentElement))
  })
}
