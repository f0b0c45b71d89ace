/**
 * Every running setting: its purpose, unit, range and default. The tables are seeded from here, the rows are checked
 * against it, and the settings screen shows it.
 */
import {
  CHANNELS,
  WORKED_QUEUES,
  type Channel,
  type RateLimitConfig,
  type SystemConfig,
  type ThreadPoolConfig,
  type WorkedQueue,
} from '@signalbox/contracts'
import type { SettingsDefaults } from './store.ts'

interface DefinitionBase {
  readonly key: string
  readonly category: 'display' | 'delivery' | 'service' | 'channel' | 'retention' | 'queue' | 'monitor' | 'alert'
  /** What it does, with its unit. */
  readonly description: string
}
export interface IntDefinition extends DefinitionBase {
  readonly type: 'int'
  readonly unit: 'ms' | 'days' | 'hours' | 'messages' | 'retries' | 'failures' | 'percent'
  readonly default: number
  readonly min: number
  readonly max: number
}
export interface ChoiceDefinition extends DefinitionBase {
  readonly type: 'choice'
  readonly default: string
  readonly oneOf: readonly string[]
}
export interface TimeZoneDefinition extends DefinitionBase {
  readonly type: 'time_zone'
  readonly default: string
}
export interface BooleanDefinition extends DefinitionBase {
  readonly type: 'boolean'
  readonly default: boolean
}
export interface TimeDefinition extends DefinitionBase {
  readonly type: 'time'
  /** HH:MM */
  readonly default: string
}
export type Definition = IntDefinition | ChoiceDefinition | TimeZoneDefinition | TimeDefinition | BooleanDefinition

/** As the value of `display.time_zone`: the zone of the machine that the engine runs on. */
export const SERVER_TIME_ZONE = 'server'

export function channelPausedKey(channel: Channel): string {
  return `channel.${channel}.paused`
}

export function queuePausedKey(queue: WorkedQueue): string {
  return `queue.${queue}.paused`
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const DEFINITIONS: readonly Definition[] = [
  {
    key: 'display.time_zone',
    type: 'time_zone',
    category: 'display',
    default: SERVER_TIME_ZONE,
    description:
      'Zone whose days the statistics count, an IANA name such as Asia/Shanghai; "server" is the zone of the machine',
  },
  {
    key: 'delivery.max_retries',
    type: 'int',
    unit: 'retries',
    category: 'delivery',
    default: 3,
    min: 0,
    max: 10,
    description: 'Retries after the first attempt, for failures that may pass',
  },
  {
    key: 'delivery.retry_base_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 2 * SECOND,
    min: 10,
    max: HOUR,
    description: 'Longest wait before the first retry; doubles with each further one',
  },
  {
    key: 'delivery.retry_cap_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 5 * MINUTE,
    min: 10,
    max: 24 * HOUR,
    description: 'Longest wait before any retry, unless the provider asks for more',
  },
  {
    key: 'delivery.provider_timeout_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 10 * SECOND,
    min: 100,
    max: 5 * MINUTE,
    description:
      'A provider call without an answer for this long counts as outcome unknown; less than half of delivery.lease_ms',
  },
  {
    key: 'delivery.lease_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 30 * SECOND,
    min: SECOND,
    max: 15 * MINUTE,
    description:
      'A worker that does not answer for this long loses its message to recovery; more than twice delivery.provider_timeout_ms',
  },
  {
    key: 'quiet_hours.marketing',
    type: 'boolean',
    category: 'delivery',
    default: true,
    description: 'Marketing waits while it is quiet where its recipient is; one-time codes and notices never wait',
  },
  {
    key: 'quiet_hours.from',
    type: 'time',
    category: 'delivery',
    default: '22:00',
    description: 'When quiet hours begin on the clock of the recipient, HH:MM; the same as quiet_hours.to: never',
  },
  {
    key: 'quiet_hours.to',
    type: 'time',
    category: 'delivery',
    default: '08:00',
    description: 'When quiet hours end on the clock of the recipient, HH:MM',
  },
  {
    key: 'quiet_hours.time_zone',
    type: 'time_zone',
    category: 'delivery',
    default: 'Asia/Shanghai',
    description: 'Zone of recipients of whom neither the caller nor the country of their phone tells it',
  },
  {
    key: 'service.breaker_failures',
    type: 'int',
    unit: 'failures',
    category: 'service',
    default: 5,
    min: 1,
    max: 10_000,
    description:
      'A service that fails so often in a row is asked no more for a while; its messages wait or go elsewhere',
  },
  {
    key: 'service.breaker_open_ms',
    type: 'int',
    unit: 'ms',
    category: 'service',
    default: 10 * SECOND,
    min: 100,
    max: 5 * MINUTE,
    description:
      'For so long it is asked nothing; then one message tries, and each that fails doubles the time, up to 5 minutes',
  },
  {
    key: 'lookup.first_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 30 * SECOND,
    min: SECOND,
    max: HOUR,
    description:
      'So long after an outcome became unknown its provider is asked what became of it, where it can tell; each pause after that is twice as long',
  },
  {
    key: 'lookup.until_ms',
    type: 'int',
    unit: 'ms',
    category: 'delivery',
    default: 24 * HOUR,
    min: 0,
    max: 7 * 24 * HOUR,
    description: 'For so long after that it is asked by itself; 0: only when an operator asks for it',
  },
  {
    key: 'lookup.at_once',
    type: 'int',
    unit: 'messages',
    category: 'delivery',
    default: 5,
    min: 1,
    max: 50,
    description: 'Providers are asked what became of so many messages at the same time',
  },
  ...CHANNELS.map((channel): ChoiceDefinition => ({
    key: `channel.${channel}.unknown_policy`,
    type: 'choice',
    category: 'channel',
    default: 'hold',
    oneOf: ['hold', 'retry'],
    description: `${channel}, outcome unknown: "hold" waits for a receipt or an operator (at most once), "retry" sends again (at least once)`,
  })),
  ...CHANNELS.map((channel): BooleanDefinition => ({
    key: channelPausedKey(channel),
    type: 'boolean',
    category: 'channel',
    default: false,
    description: `${channel}: while true, its messages keep their place and none is sent; what is being sent goes on`,
  })),
  ...WORKED_QUEUES.map((queue): BooleanDefinition => ({
    key: queuePausedKey(queue),
    type: 'boolean',
    category: 'queue',
    default: false,
    description: `${queue}: while true, all that waits in it keeps its place and none is worked on; what runs goes on`,
  })),
  {
    key: 'trace.retention_days',
    type: 'int',
    unit: 'days',
    category: 'retention',
    default: 7,
    min: 1,
    max: 365,
    description: 'Days for which traces are kept; a day is removed as a whole',
  },
  {
    key: 'record.retention_days',
    type: 'int',
    unit: 'days',
    category: 'retention',
    default: 365,
    min: 7,
    max: 2_557,
    description:
      'Days for which messages are kept; a month is removed as a whole, when its last day is older and nothing in it is waiting, sending or unknown',
  },
  {
    key: 'idempotency.retention_hours',
    type: 'int',
    unit: 'hours',
    category: 'retention',
    default: 24,
    min: 1,
    max: 720,
    description: 'Hours for which a repeated idempotency key gets its first answer again',
  },
  {
    key: 'queue.max_backlog',
    type: 'int',
    unit: 'messages',
    category: 'queue',
    default: 2_000_000,
    min: 1000,
    max: 100_000_000,
    description: 'Messages that may wait in all; above it new ones are refused with queue_full',
  },
  {
    key: 'monitor.tick_ms',
    type: 'int',
    unit: 'ms',
    category: 'monitor',
    default: SECOND,
    min: 200,
    max: 60 * SECOND,
    description: 'How often the wall gets new figures',
  },
  {
    key: 'alert.success_rate.below_percent',
    type: 'int',
    unit: 'percent',
    category: 'alert',
    default: 95,
    min: 0,
    max: 100,
    description: 'Alarm when fewer of those that ended were successes; 0 turns it off',
  },
  {
    key: 'alert.success_rate.window_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: 5 * MINUTE,
    min: 10 * SECOND,
    max: HOUR,
    description: 'How far back the success rate of the alarm looks',
  },
  {
    key: 'alert.success_rate.min_sample',
    type: 'int',
    unit: 'messages',
    category: 'alert',
    default: 20,
    min: 1,
    max: 1_000_000,
    description: 'With fewer messages in the window there is no alarm about their success rate',
  },
  {
    key: 'alert.mean_response.above_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: 2 * SECOND,
    min: 1,
    max: 10 * MINUTE,
    description: 'Alarm when providers take longer to answer, in the mean',
  },
  {
    key: 'alert.mean_response.window_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: MINUTE,
    min: 10 * SECOND,
    max: HOUR,
    description: 'How far back the mean response of the alarm looks',
  },
  {
    key: 'alert.mean_response.min_sample',
    type: 'int',
    unit: 'messages',
    category: 'alert',
    default: 20,
    min: 1,
    max: 1_000_000,
    description: 'With fewer answers in the window there is no alarm about their mean',
  },
  {
    key: 'alert.pool_usage.above_percent',
    type: 'int',
    unit: 'percent',
    category: 'alert',
    default: 90,
    min: 1,
    max: 100,
    description: 'Alarm when more of the most workers that a pool may have are busy; 100 turns it off',
  },
  {
    key: 'alert.pool_usage.window_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: 30 * SECOND,
    min: 0,
    max: HOUR,
    description: 'How long a pool must be that busy before the alarm',
  },
  {
    key: 'alert.backlog.above_messages',
    type: 'int',
    unit: 'messages',
    category: 'alert',
    default: 5000,
    min: 1,
    max: 100_000_000,
    description: 'Alarm when more messages are ready and wait',
  },
  {
    key: 'alert.backlog.window_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: MINUTE,
    min: 0,
    max: HOUR,
    description: 'How long so many must wait before the alarm',
  },
  {
    key: 'alert.settle_ms',
    type: 'int',
    unit: 'ms',
    category: 'alert',
    default: 10 * SECOND,
    min: 0,
    max: HOUR,
    description: 'A rate beyond its threshold fires after this long; any alarm is over once all was fine for this long',
  },
]

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

/** What the three tables hold at first. */
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
