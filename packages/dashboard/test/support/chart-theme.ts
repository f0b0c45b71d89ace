import type { ChartTheme, Translate } from '../../src/charts/theme.ts'

/** Colours that name themselves, so that a test can tell which was used. */
export const THEME: ChartTheme = {
  text: 'text',
  muted: 'muted',
  line: 'line',
  outline: 'outline',
  panel: 'panel',
  raised: 'raised',
  accent: 'accent',
  ok: 'ok',
  warn: 'warn',
  fail: 'fail',
  channel: { sms: 'blue', email: 'orange', app: 'green', wechat: 'pink', feishu: 'yellow' },
  font: 'sans-serif',
  fontSize: 14,
}

/** The key and what was put into it. */
export const t: Translate = (key, named = {}) => [key.split('.').at(-1), ...Object.values(named)].join(' ')
