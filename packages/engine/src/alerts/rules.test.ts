import { describe, expect, it } from 'vitest'
import { DEFAULT_TEXTS, valuesOf } from '../settings/values.ts'
import { measure, rulesOf, type Facts, type Rule } from './rules.ts'

const VALUES = valuesOf(DEFAULT_TEXTS)
const RULES = rulesOf(VALUES, ['message_sender', 'notification'])

function rule(id: string): Rule {
  const found = RULES.find((each) => each.id === id)
  if (!found) throw new Error(`expected a rule ${id}, got none`)
  return found
}

function facts(given: Partial<ReturnType<Facts['over']>> = {}, more: Partial<Facts> = {}): Facts {
  const sums = { success: 0, failed: 0, responses: 0, responseMs: 0, ...given }
  const pools = { message_sender: { active: 91, max: 100 }, notification: { active: 3, max: 100 } }
  return { over: () => sums, pools, backlog: 5001, ...more }
}

describe('the rules', () => {
  it('are the four of the product, with its thresholds and windows', () => {
    const terms = RULES.map(({ id, bad, threshold, unit, windowMs }) => [id, bad, threshold, unit, windowMs])
    expect(terms).toEqual([
      ['success_rate', 'below', 95, 'percent', 300_000],
      ['mean_response', 'above', 2000, 'ms', 60_000],
      ['pool_usage.message_sender', 'above', 90, 'percent', 30_000],
      ['pool_usage.notification', 'above', 90, 'percent', 30_000],
      ['backlog', 'above', 5000, 'messages', 60_000],
    ])
  })

  it('let a level hold for its window, and a rate only settle: it has its window already', () => {
    expect(rule('backlog').holdMs).toBe(60_000)
    expect(rule('success_rate').holdMs).toBe(VALUES.alertSettleMs)
  })

  it('make no alarm of one failure of one message at night', () => {
    expect(measure(rule('success_rate'), facts({ failed: 1 }))).toEqual({ figure: null, sample: 1 })
    expect(measure(rule('success_rate'), facts())).toEqual({ figure: null, sample: 0 })
    expect(measure(rule('success_rate'), facts({ success: 18, failed: 2 }))).toEqual({ figure: 90, sample: 20 })
  })

  it('measure the mean of the answers', () => {
    const given = facts({ responses: 40, responseMs: 100_000 })
    expect(measure(rule('mean_response'), given)).toEqual({ figure: 2500, sample: 40 })
    expect(measure(rule('mean_response'), facts({ responses: 19, responseMs: 90_000 })).figure).toBeNull()
  })

  it('measure a pool by the most workers it may have, and what is ready and waits', () => {
    expect(measure(rule('pool_usage.message_sender'), facts()).figure).toBe(91)
    expect(measure(rule('pool_usage.notification'), facts()).figure).toBe(3)
    expect(measure(rule('backlog'), facts())).toEqual({ figure: 5001, sample: null })
  })
})
