/** What the three tables of settings hold at first. */
import type { RateLimitConfig, SystemConfig, ThreadPoolConfig } from '@signalbox/contracts'
import type { Definition } from './definition.ts'
import { DEFINITIONS } from './definitions.ts'
import type { SettingsDefaults } from './store.ts'

const pool = (pool_name: string, core: number, max: number, queue_capacity: number): ThreadPoolConfig => ({
  pool_name,
  core_pool_size: core,
  max_pool_size: max,
  scale_up_threshold: 80,
  scale_down_threshold: 20,
  queue_capacity,
})

const perSecond = (resource: string, max_value: number): RateLimitConfig => ({
  resource,
  limit_type: 'qps',
  max_value,
  window_seconds: 1,
  enabled: true,
})

export const SETTINGS_DEFAULTS: SettingsDefaults = {
  threadPools: [
    pool('message_sender', 20, 100, 1_000),
    pool('ai_processor', 10, 50, 1000),
    pool('notification', 10, 20, 1000),
  ],
  rateLimits: [
    perSecond('api:/messages/send', 5000),
    perSecond('api:/messages/send-batch', 50),
    perSecond('api:/unsubscribe', 100),
  ],
  system: DEFINITIONS.map(toRow),
}

function toRow(definition: Definition): SystemConfig {
  const { key, category, description } = definition
  return {
    key,
    value: String(definition.default),
    category,
    description,
    value_type: definition.type === 'int' || definition.type === 'boolean' ? definition.type : 'string',
    constraints: constraintsOf(definition),
  }
}

function constraintsOf(definition: Definition): string | null {
  switch (definition.type) {
    case 'int':
      return JSON.stringify({ min: definition.min, max: definition.max })
    case 'choice':
      return JSON.stringify({ one_of: definition.oneOf })
    case 'time_zone':
    case 'time':
    case 'boolean':
      return null
  }
}
