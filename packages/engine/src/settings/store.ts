import type { RateLimitConfig, SystemConfig, ThreadPoolConfig } from '@signalbox/contracts'

/** The rows of the three settings tables, unchecked: SQL may have written anything. */
export interface SettingsTables {
  threadPools: Record<string, unknown>[]
  rateLimits: Record<string, unknown>[]
  system: Record<string, unknown>[]
}

/** The tables as they stand. */
export interface SettingsRows extends SettingsTables {
  /** When a value of `system` was last changed, epoch ms, by key; none for one that never was. */
  changedAt: Record<string, number>
  /** Goes up with every change of any of the three tables, whoever made it. */
  revision: number
}

/** The tables at a revision and now, of one reading. */
export interface SettingsHistory {
  /** Of `now`. */
  revision: number
  /** The oldest revision that can be told. */
  oldest: number
  now: SettingsTables
  /** Null when the revision is older than what is kept, or has not come yet. */
  was: {
    /** Epoch ms at which the revision came; null for the one before the oldest change that is kept. */
    since: number | null
    tables: SettingsTables
  } | null
}

export interface SettingsStore {
  read(): Promise<SettingsRows>
  /** The tables as they were at a revision, null for the present one. At least the last 10,000 revisions are told. */
  asOf(revision: number | null): Promise<SettingsHistory>
  /** Cheap: asked a few times a second. */
  revision(): Promise<number>
  /** Sets one value, with a line in the audit log if that changes it; durable when its promise settles. False when there is no such key. */
  writeSystem(key: string, value: string, now: number): Promise<boolean>
}

export interface SettingsDefaults {
  threadPools: readonly ThreadPoolConfig[]
  rateLimits: readonly RateLimitConfig[]
  system: readonly SystemConfig[]
}
