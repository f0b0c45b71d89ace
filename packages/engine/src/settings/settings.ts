import type { RateLimitConfig, SettingsProblem, ThreadPoolConfig } from '@signalbox/contracts'

/** Running settings with their checked values, all in one place. Durations in ms. */
export interface SettingsValues {
  /** IANA name; `today` and the days of the statistics are days there. */
  timeZone: string
  /** What becomes of a message whose hand-over may or may not have happened, per channel. */
  unknownPolicy: Record<'sms' | 'email' | 'app' | 'wechat' | 'feishu', 'hold' | 'retry'>
  /** Retries after the first attempt. */
  maxRetries: number
  retryBaseMs: number
  retryCapMs: number
  /** A provider call is given up (and `unknown`) after this long; always less than half of the lease. */
  providerTimeoutMs: number
  leaseMs: number
  traceRetentionDays: number
  idempotencyRetentionHours: number
  /** Messages that may wait in all; above it `queue_full`. */
  maxBacklog: number
  monitorTickMs: number
}

export interface Settings {
  readonly values: SettingsValues
  readonly version: number
  readonly problems: readonly SettingsProblem[]
  threadPool(name: string): ThreadPoolConfig | undefined
  readonly threadPools: readonly ThreadPoolConfig[]
  readonly rateLimits: readonly RateLimitConfig[]
  /** Reads the tables again when their revision moved; emits `settings:changed` or `settings:refused`. */
  refresh(): Promise<void>
  /** Throws `EngineError('invalid')` on an unknown key or a value out of range. */
  set(key: string, value: string): Promise<void>
}
