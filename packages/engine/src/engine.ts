import type { AnyAdapter } from '@signalbox/channels/adapter'
import type { Channel } from '@signalbox/contracts'
import type { Clock } from './clock.ts'
import type { Driver } from './driver.ts'
import type { Events } from './events.ts'
import type { Jobs } from './jobs/jobs.ts'
import type { Limiter } from './limiter/limiter.ts'
import type { Locks } from './lock/lock.ts'
import type { Messages } from './messages/messages.ts'
import type { Services } from './services/services.ts'
import type { Settings } from './settings/settings.ts'
import type { Stats } from './stats/stats.ts'
import type { Tasks } from './tasks/tasks.ts'
import type { Templates } from './templates/templates.ts'
import type { Traces } from './tracer/trace.ts'
import type { Pool } from './workers/pool.ts'

export interface KeptRecord {
  recordId: number
  channel: Channel
  serviceId: number
  recipient: string
  subject: string | null
  text: string
  html: string | null
  keptAt: number
}

export interface EngineOptions {
  driver: Driver
  adapters: readonly AnyAdapter[]
  clock?: Clock
  /** 0-31, part of every id; each engine on the same store needs its own. */
  node?: number
  /** Looks up secrets that service settings name. Default: none. */
  secret?: (name: string) => string | undefined
  log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export interface Engine {
  readonly events: Events
  readonly messages: Messages
  readonly templates: Templates
  readonly traces: Traces
  readonly tasks: Tasks
  readonly stats: Stats
  readonly services: Services
  readonly settings: Settings
  readonly limiter: Limiter
  readonly locks: Locks
  readonly jobs: Jobs
  readonly pools: ReadonlyMap<string, Pool>
  /** Newest first. */
  kept(query: { channel?: Channel | undefined; limit: number }): Promise<KeptRecord[]>
  /** `not_accepting` after a failed commit: what it may have written is not known. */
  readonly status: 'starting' | 'ok' | 'not_accepting' | 'stopping' | 'stopped'
  /** Begins to send. Idempotent. */
  start(): Promise<void>
  /** Stops taking work, waits for what is under way until the deadline (ms, default 10,000), closes the store. Idempotent. */
  stop(options?: { deadlineMs?: number }): Promise<void>
}

/**
 * Opens the store, recovers what a crash left and gives the engine, not yet sending: `start()` does that. Accepting,
 * templates and look-ups work at once.
 */
export declare function createEngine(options: EngineOptions): Promise<Engine>
