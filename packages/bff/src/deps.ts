import type { InboxPresence } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'
import type { Logger } from 'pino'
import type { Idempotency } from './http/idempotency.ts'
import type { Metrics } from './http/metrics.ts'
import type { SystemFacts } from './present/system.ts'
import type { View } from './present/view.ts'
import type { Monitor } from './realtime/monitor.ts'
import type { Neighbours } from './realtime/nodes/neighbours.ts'
import type { RewindHistory } from './realtime/rewind.ts'

/** What the routes stand on. */
export interface Deps {
  engine: Engine
  view: View
  monitor: Monitor
  neighbours: Neighbours
  rewind: RewindHistory
  idempotency: Idempotency
  metrics: Metrics
  facts: SystemFacts
  log: Logger
  /** False once the server has begun to stop. */
  accepting(): boolean
  socketClients(): number
  inbox: {
    issueToken(user: string, ttlMs: number): { token: string; expiresAt: number }
    presence(): InboxPresence
  }
}
