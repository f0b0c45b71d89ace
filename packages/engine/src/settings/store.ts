import type { RateLimitConfig, SystemConfig, ThreadPoolConfig } from '@signalbox/contracts'

/** The three settings tables as they stand, unchecked: SQL may have written anything. */
export interface SettingsRows {
  threadPools: Record<string, unknown>[]
  rateLimits: Record<string, unknown>[]
  system: Record<string, unknown>[]
  /** When a value of `system` was last changed, epoch ms, by key; none for one that never was. */
  changedAt: Record<string, number>
  /** Goes up with every change of any of the three tables, whoever made it. */
  revision: number
}

export interface SettingsStore {
  read(): Promise<SettingsRows>
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
