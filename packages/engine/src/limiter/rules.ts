import type { LimitType, RateLimitConfig } from '@signalbox/contracts'
import { Concurrent } from './concurrent.ts'
import type { Bounds, Meter } from './meter.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

/** One enabled row of `rate_limit_configs`. */
export interface Rule {
  resource: string
  type: LimitType
  maxValue: number
  windowSeconds: number
}

/** Each recipient of a channel is held to the channel's rule by itself. */
const FAMILY = 'recipient:'
const ACCOUNT = 'account:'

/** The resource of one recipient. */
export function recipientResource(channel: string, recipient: string): string {
  return `${FAMILY}${channel}:${recipient}`
}

/** `recipient:sms` of `recipient:sms:+8613800138000`; every other resource stands for itself alone. */
export function familyOf(resource: string): string {
  if (!resource.startsWith(FAMILY)) return resource
  const end = resource.indexOf(':', FAMILY.length)
  return end < 0 ? resource : resource.slice(0, end)
}

/** The resource of one account, for its interval where it is kept over several nodes. */
export function accountResource(serviceId: number): string {
  return `${ACCOUNT}${serviceId}`
}

/** Null when the resource is no account's. */
export function serviceIdOf(resource: string): number | null {
  return resource.startsWith(ACCOUNT) ? Number(resource.slice(ACCOUNT.length)) : null
}

/** One message per interval. */
export function intervalRule(serviceId: number, intervalMs: number): Rule {
  return { resource: accountResource(serviceId), type: 'sliding_window', maxValue: 1, windowSeconds: intervalMs / 1000 }
}

export function toRule(config: RateLimitConfig): Rule {
  const { resource, limit_type: type, max_value: maxValue, window_seconds: windowSeconds } = config
  return { resource, type, maxValue, windowSeconds }
}

export function boundsOf(rule: Rule): Bounds {
  return { maxValue: rule.maxValue, windowMs: Math.max(1, Math.round(rule.windowSeconds * 1000)) }
}

export function newMeter(rule: Rule, now: number): Meter {
  const bounds = boundsOf(rule)
  switch (rule.type) {
    case 'qps':
      return new TokenBucket(bounds, now)
    case 'sliding_window':
      return new SlidingWindow(bounds)
    case 'concurrent':
      return new Concurrent(bounds)
  }
}

/** `1 per 60 s`, `5 at the same time`. */
export function boundText({ type, maxValue, windowSeconds }: Rule): string {
  return `${maxValue} ${type === 'concurrent' ? 'at the same time' : `per ${windowSeconds} s`}`
}

/** As operators read it: `sliding_window of recipient:sms: 1 per 60 s`. */
export function ruleText(rule: Rule): string {
  return `${rule.type} of ${rule.resource}: ${boundText(rule)}`
}
