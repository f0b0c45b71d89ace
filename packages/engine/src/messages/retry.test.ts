import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRetry, type Failure, type RetryInput } from './retry.ts'

const NOW = 1_000_000

function failure(fields: Partial<Failure> = {}): Failure {
  return { status: 'failed', category: 'provider_down', scope: 'provider', code: '503', detail: 'down', ...fields }
}

function decide(fields: Partial<RetryInput> = {}) {
  const fixed = {
    outcome: failure(),
    attempt: 1,
    maxRetries: 3,
    baseMs: 1000,
    capMs: 60_000,
    random: () => 0.5,
    now: NOW,
  }
  return decideRetry({ ...fixed, ...fields })
}

describe('the retry policy', () => {
  it.each(['rate_limited', 'provider_down', 'quota'] as const)(
    'tries again after %s, whatever its scope',
    (category) => {
      for (const scope of ['message', 'recipient', 'account', 'provider'] as const) {
        expect(decide({ outcome: failure({ category, scope }) }).retry).toBe(true)
      }
    },
  )

  it.each(['auth', 'config'] as const)('tries again after %s of the account, not of the message', (category) => {
    expect(decide({ outcome: failure({ category, scope: 'account' }) }).retry).toBe(true)
    expect(decide({ outcome: failure({ category, scope: 'provider' }) }).retry).toBe(true)
    expect(decide({ outcome: failure({ category, scope: 'message' }) }).retry).toBe(false)
    expect(decide({ outcome: failure({ category, scope: 'recipient' }) }).retry).toBe(false)
  })

  it.each(['invalid_recipient', 'unsubscribed', 'template', 'content'] as const)(
    'never tries again after %s',
    (category) => {
      expect(decide({ outcome: failure({ category }) })).toEqual({
        retry: false,
        reason: `${category} is not retryable`,
      })
    },
  )

  it('makes at most the given number of retries, then says so', () => {
    expect(decide({ attempt: 3 }).retry).toBe(true)
    expect(decide({ attempt: 4 })).toEqual({ retry: false, reason: 'provider_down: gave up after 4 attempts' })
    expect(decide({ attempt: 1, maxRetries: 0 })).toEqual({
      retry: false,
      reason: 'provider_down: gave up after 1 attempt',
    })
  })

  it('doubles the longest wait with each retry up to the cap, with full jitter', () => {
    const longest = (attempt: number) => decide({ attempt, maxRetries: 10, random: () => 1 })
    expect([1, 2, 3, 7].map(longest)).toEqual([1000, 2000, 4000, 60_000].map((ms) => ({ retry: true, at: NOW + ms })))
    expect(decide({ attempt: 3, random: () => 0 })).toEqual({ retry: true, at: NOW })
  })

  it('never comes earlier than the provider asked, above the cap too', () => {
    const day = 86_400_000
    expect(decide({ outcome: failure({ retryAfterMs: day }), random: () => 0 })).toEqual({ retry: true, at: NOW + day })
    expect(decide({ outcome: failure({ retryAfterMs: day }) })).toEqual({ retry: true, at: NOW + day + 500 })
  })

  it('always lands between what was asked and that plus the cap', () => {
    fc.assert(
      fc.property(
        fc.record({
          attempt: fc.integer({ min: 1, max: 10 }),
          baseMs: fc.integer({ min: 10, max: 3_600_000 }),
          capMs: fc.integer({ min: 10, max: 86_400_000 }),
          retryAfterMs: fc.integer({ min: -5, max: 86_400_000 }),
          random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        }),
        ({ attempt, baseMs, capMs, retryAfterMs, random }) => {
          const outcome = failure({ retryAfterMs })
          const decision = decide({ outcome, attempt, maxRetries: 10, baseMs, capMs, random: () => random })
          const asked = Math.max(0, retryAfterMs)
          expect(decision).toMatchObject({ retry: true })
          if (!decision.retry) return
          expect(decision.at).toBeGreaterThanOrEqual(NOW + asked)
          expect(decision.at).toBeLessThanOrEqual(NOW + asked + capMs)
        },
      ),
    )
  })
})
