import type { AlertStore } from './alerts/store.ts'
import type { InboxStore } from './inbox/store.ts'
import type { JobStore } from './jobs/store.ts'
import type { LimitStore } from './limiter/store.ts'
import type { LockStore } from './lock/lock.ts'
import type { LookStore } from './lookups/store.ts'
import type { BulkStore } from './messages/bulk-store.ts'
import type { KeptStore } from './messages/kept.ts'
import type { ReplayStore } from './messages/replays.ts'
import type { MessageStore } from './messages/store.ts'
import type { ViewStore } from './messages/view-store.ts'
import type { Bus } from './nodes/bus.ts'
import type { StoreChange } from './nodes/changes.ts'
import type { NodeIdentity, NodeStore } from './nodes/store.ts'
import type { Broker } from './queue/broker.ts'
import type { QueueStore } from './queue/store.ts'
import type { SecretStore } from './secrets/store.ts'
import type { ServiceStore } from './services/services.ts'
import type { SettingsDefaults, SettingsStore } from './settings/store.ts'
import type { StatsStore } from './stats/store.ts'
import type { SuppressionStore } from './suppressions/store.ts'
import type { TaskStore } from './tasks/store.ts'
import type { TemplateStore } from './templates/store.ts'
import type { TraceStore } from './tracer/store.ts'

/** The ports over one open store. */
export interface Store {
  readonly messages: MessageStore
  readonly bulk: BulkStore
  readonly looks: LookStore
  readonly replays: ReplayStore
  readonly queue: QueueStore
  readonly jobs: JobStore
  readonly templates: TemplateStore
  readonly services: ServiceStore
  readonly secrets: SecretStore
  readonly settings: SettingsStore
  readonly traces: TraceStore
  readonly stats: StatsStore
  readonly tasks: TaskStore
  readonly locks: LockStore
  readonly kept: KeptStore
  readonly alerts: AlertStore
  readonly views: ViewStore
  readonly inbox: InboxStore
  readonly suppressions: SuppressionStore
  readonly nodes: NodeStore
  /** What several nodes need between them; null where there is one. */
  readonly shared: Shared | null
  /** Settles what is under way, then lets everything go. Idempotent. */
  close(): Promise<void>
}

export interface Shared {
  readonly broker: Broker
  readonly bus: Bus
  /** Rules and intervals that hold over all nodes. */
  readonly limits: LimitStore
  /** For who uses the engine's locks. What the engine itself does one at a time stands in `Store.locks`, beside what it writes. */
  readonly locks: LockStore
}

/** A service that a store stands on, as it is now. */
export interface LinkState {
  /** 'PostgreSQL', 'RabbitMQ', 'Redis'. */
  name: string
  up: boolean
  /** What is wrong with it; null while it is up. */
  problem: string | null
}

export interface OpenOptions {
  /** As whom the store is opened. Left out: as the only one. */
  node?: NodeIdentity
  /** Rows that the settings tables get where they have none. */
  defaults: SettingsDefaults
  /** Called once when a commit failed: what it wrote is not known, and the store takes nothing more. */
  onCommitUnknown(error: Error): void
  /** Called once, with the reason, when others have ended this node: the store takes nothing more. */
  onEnded?(reason: string): void
  /** Called with the reason when writes cannot be made for now (disk full, database held), with null when they can again. */
  onWritable?(refused: string | null): void
  /**
   * Others have written, or the settings changed, whoever did that. May come before `open` has settled. A store that is told
   * nothing tells nothing: it is asked for the revision of the settings.
   */
  onChanged?(change: StoreChange): void
  /** A service went away or came back. */
  onLink?(link: LinkState): void
}

/** Every driver there is. One more does not compile until the conformance suite can open it. */
export type DriverName = 'embedded' | 'postgres' | 'distributed'

/** A driver is a way to open the ports, and facts about it as data. Nothing above it asks for its name. */
export interface Driver {
  readonly name: DriverName
  open(options: OpenOptions): Promise<Store>
}
