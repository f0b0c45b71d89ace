import type { Channel } from '@signalbox/contracts'
import type { SecretChange } from '../secrets/store.ts'
import type { AccountHealth, AccountTerms } from './account.ts'

/** One configured account at one provider. Times are epoch ms. */
export interface ServiceRecord extends AccountTerms {
  id: number
  name: string
  channel: Channel
  adapter: string
  settings: Record<string, unknown>
  /** Of the enabled services of a channel the highest that may be asked is. */
  priority: number
  enabled: boolean
  /** For those who look for it; means nothing here. */
  tags: string[]
  /** Enabled, and asked nothing until it is resumed. */
  paused: boolean
  /** What its provider said when that was the end of the account; null once somebody enables it again. */
  disabledBecause: string | null
  createdAt: number
  updatedAt: number
}

type Identity = Pick<ServiceRecord, 'name' | 'channel' | 'adapter' | 'settings' | 'priority' | 'enabled'>
export type ServiceInput = Omit<ServiceRecord, 'id' | 'paused' | 'disabledBecause' | 'createdAt' | 'updatedAt'>
/** What is left out is as `SERVICE_DEFAULTS` says. */
export type NewService = Identity & Partial<ServiceInput>
type Changeable = Omit<ServiceInput, 'channel' | 'adapter'>
export type ServiceChange = { [K in keyof Changeable]?: Changeable[K] | undefined }

export const SERVICE_DEFAULTS: Omit<ServiceInput, keyof Identity> = {
  tags: [],
  weight: 1,
  sendingIntervalMs: 0,
  dailyQuota: null,
  quotaResetAt: '00:00',
  quotaTimeZone: null,
}

/** How many messages a service has sent in a day of its quota, and when that began. */
export interface ServiceUse {
  serviceId: number
  day: number
  /** By all nodes. */
  count: number
  /** By this one. */
  own: number
}

export interface GrantWrite {
  serviceId: number
  /** First instant of the day of the quota. */
  day: number
  quota: number
  /** What this node keeps, with all it has used or reserved: what it was granted beyond goes back. */
  keeps: number
  /** Whether it wants more than that. */
  more: boolean
}

export interface Grant {
  /** What this node may use of the day in all; `keeps` when nothing was left. */
  upTo: number
  /** What other nodes have used of it … */
  others: number
  /** … and what they were granted and have not used. */
  held: number
}

/** Every write is durable when its promise settles. */
export interface ServiceStore {
  list(): Promise<ServiceRecord[]>
  /** An id for a service to be inserted; never given twice. */
  reserveId(): Promise<number>
  /** With its secrets, in one transaction. Without `id` it gets one. */
  insert(
    service: ServiceInput & { id?: number },
    now: number,
    secrets?: readonly SecretChange[],
  ): Promise<ServiceRecord>
  /**
   * Replaces the one that was read; its `updatedAt` goes up. Null, and nothing was written, when the stored one has another
   * `updatedAt` than the given: somebody changed it meanwhile.
   */
  update(service: ServiceRecord, now: number, secrets?: readonly SecretChange[]): Promise<ServiceRecord | null>
  /** Of the last days; what is older is forgotten. */
  uses(now: number): Promise<ServiceUse[]>
  /**
   * Sets this node's share of a day's quota: a part of what is left, the smaller the less is left. The shares of all nodes are never
   * more than the quota; that of a node that ended is what it has used. Null where one node has the store to itself.
   */
  readonly grant: ((write: GrantWrite) => Promise<Grant>) | null
}

/** Errors are `EngineError`s: `service_not_found`, `invalid` when the adapter refuses the settings. */
export interface Services {
  list(): ServiceRecord[]
  get(id: number): ServiceRecord
  /** What it may take now. */
  health(id: number): AccountHealth
  create(input: NewService): Promise<ServiceRecord>
  /** Enabling it forgets why the engine had disabled it. */
  update(id: number, input: ServiceChange): Promise<ServiceRecord>
  /** It is asked nothing more until it is resumed: its messages go to others or wait. Idempotent, as the next two. */
  pause(id: number): Promise<ServiceRecord>
  resume(id: number): Promise<ServiceRecord>
  /** Disables it; what is with its provider is finished. */
  drain(id: number): Promise<ServiceRecord>
}
