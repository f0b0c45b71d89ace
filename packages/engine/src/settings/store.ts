import type { RateLimitConfig, SystemConfig, ThreadPoolConfig } from '@signalbox/contracts'

/** The three settings tables as they stand, unchecked: SQL may have written anything. */
export interface SettingsRows {
  threadPools: Record<string, unknown>[]
  rateLimits: Record<string, unknown>[]
  system: Record<string, unknown>[]
  /** Goes up with every change of any of the three tables, whoever made it. */
  revision: number
}

export interface SettingsStore {
  read(): Promise<SettingsRows>
  /** Cheap: asked a few times a second. */
  revision(): Promise<number>
  /** Sets one value; durable when its promise settles. False when there is no such key. */
  writeSystem(key: string, value: string, now: number): Promise<boolean>
}

export interface SettingsDefaults {
  threadPools: readonly ThreadPoolConfig[]
  rateLimits: readonly RateLimitConfig[]
  system: readonly SystemConfig[]
}
