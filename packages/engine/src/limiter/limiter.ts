import type { LimitType, RateLimitConfig } from '@signalbox/contracts'

export interface LimitDecision {
  allowed: boolean
  /** 0 when allowed; else exact: a call after this many ms (with nobody else in between) is allowed. */
  retryAfterMs: number
  /** The rule that refused, or null. */
  rule: { resource: string; type: LimitType; maxValue: number; windowSeconds: number } | null
  /** Gives back a `concurrent` place. Idempotent; does nothing for other rules. Call it always. */
  release(): void
}

/**
 * Limits per resource. A resource may have one rule of each type; a call passes only if all of them let it pass, and
 * takes from none when one refuses. A resource without an enabled rule always passes. Never rejects for "limited".
 */
export interface Limiter {
  take(resource: string, now: number, cost?: number): Promise<LimitDecision>
  /** Looks without taking. */
  peek(resource: string, now: number): Promise<LimitDecision>
  /** Puts rules in force at once; state of rules that stay (same resource and type) is kept. */
  configure(rules: readonly RateLimitConfig[]): void
  /** True when the resource has an enabled rule: lets the hot path skip the rest. */
  limited(resource: string): boolean
}
