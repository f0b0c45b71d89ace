import type { Channel, CreateService, UpdateService } from '@signalbox/contracts'

/** One configured account at one provider. Times are epoch ms. */
export interface ServiceRecord {
  id: number
  name: string
  channel: Channel
  adapter: string
  settings: Record<string, unknown>
  priority: number
  enabled: boolean
  createdAt: number
  updatedAt: number
}

/** Every write is durable when its promise settles. */
export interface ServiceStore {
  list(): Promise<ServiceRecord[]>
  insert(service: Omit<ServiceRecord, 'id' | 'createdAt' | 'updatedAt'>, now: number): Promise<ServiceRecord>
  update(service: ServiceRecord, now: number): Promise<ServiceRecord>
}

/** Errors are `EngineError`s: `service_not_found`, `invalid` when the adapter refuses the settings. */
export interface Services {
  list(): ServiceRecord[]
  get(id: number): ServiceRecord
  create(input: CreateService): Promise<ServiceRecord>
  update(id: number, input: UpdateService): Promise<ServiceRecord>
}
