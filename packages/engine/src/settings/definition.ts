/** What a running setting may be, and the keys that are made of names. */
import type { Channel, WorkedQueue } from '@signalbox/contracts'

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
