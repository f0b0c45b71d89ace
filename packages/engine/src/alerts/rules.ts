/** The four rules: what each looks at, and how it is judged. Pure. */
import type { AlertRule } from '@signalbox/contracts'
import type { SettingsValues } from '../settings/settings.ts'
import type { WindowSum } from './windows.ts'

export interface Rule {
  /** The rule, and for a pool its name. */
  id: string
  rule: AlertRule
  subject: string | null
  threshold: number
  bad: 'below' | 'above'
  unit: 'percent' | 'ms' | 'messages'
  windowMs: number
  /** How long it must be beyond before it fires: a rate has its window already, a level must hold for it. */
  holdMs: number
  minSample: number
}

export interface Measured {
  /** Null: nothing to measure, or a sample too small to judge by. */
  figure: number | null
  /** Messages behind the figure; null for a level. */
  sample: number | null
}

/** What the rules look at. */
export interface Facts {
  over(windowMs: number): WindowSum
  /** By name: workers that are busy, of how many there may be. */
  pools: Readonly<Record<string, { active: number; max: number }>>
  /** Messages that are ready and wait. */
  backlog: number
}

export function rulesOf({ alerts, alertSettleMs }: SettingsValues, pools: Iterable<string>): Rule[] {
  const { successRate, meanResponse, poolUsage, backlog } = alerts
  const rate = { subject: null, holdMs: alertSettleMs }
  const level = { minSample: 0, bad: 'above' } as const
  return [
    {
      ...{ ...rate, id: 'success_rate', rule: 'success_rate', unit: 'percent', bad: 'below' },
      ...{ threshold: successRate.belowPercent, windowMs: successRate.windowMs, minSample: successRate.minSample },
    },
    {
      ...{ ...rate, id: 'mean_response', rule: 'mean_response', unit: 'ms', bad: 'above' },
      ...{ threshold: meanResponse.aboveMs, windowMs: meanResponse.windowMs, minSample: meanResponse.minSample },
    },
    ...[...pools].map((pool): Rule => ({
      ...{ ...level, id: `pool_usage.${pool}`, rule: 'pool_usage', subject: pool, unit: 'percent' },
      ...{ threshold: poolUsage.abovePercent, windowMs: poolUsage.windowMs, holdMs: poolUsage.windowMs },
    })),
    {
      ...{ ...level, id: 'backlog', rule: 'backlog', subject: null, unit: 'messages' },
      ...{ threshold: backlog.aboveMessages, windowMs: backlog.windowMs, holdMs: backlog.windowMs },
    },
  ]
}

export function measure(rule: Rule, facts: Facts): Measured {
  switch (rule.rule) {
    case 'success_rate': {
      const { success, failed } = facts.over(rule.windowMs)
      return judged(rule, success + failed, () => (success / (success + failed)) * 100)
    }
    case 'mean_response': {
      const { responses, responseMs } = facts.over(rule.windowMs)
      return judged(rule, responses, () => responseMs / responses)
    }
    case 'pool_usage': {
      const pool = facts.pools[rule.subject ?? '']
      return { figure: pool ? round((pool.active / pool.max) * 100) : null, sample: null }
    }
    case 'backlog':
      return { figure: facts.backlog, sample: null }
  }
}

/** One failure of one message at night is 0 %, and no alarm. */
function judged({ minSample }: Rule, sample: number, figure: () => number): Measured {
  return { figure: sample > 0 && sample >= minSample ? round(figure()) : null, sample }
}

const round = (value: number): number => Math.round(value * 100) / 100
