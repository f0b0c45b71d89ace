export { createEngine, type Engine, type EngineOptions, type KeptRecord } from './engine.ts'
export { systemClock, type Clock } from './clock.ts'
export { EngineError } from './errors.ts'
export { once, type EngineEvents, type Events } from './events.ts'
export { parseRecordId, timeOfId, traceIdOf } from './ids.ts'
export type { Job, JobOptions, Jobs } from './jobs/jobs.ts'
export type { LimitDecision, Limiter } from './limiter/limiter.ts'
export type { LockOptions, Locks } from './lock/lock.ts'
export type {
  AcceptBatch,
  Accepted,
  AcceptedBatch,
  AcceptMessage,
  MessageQuery,
  Messages,
} from './messages/messages.ts'
export type { MessageRecord } from './messages/record.ts'
export type { ServiceRecord, Services } from './services/services.ts'
export type { Settings, SettingsValues } from './settings/settings.ts'
export type { Conservation, MonitorFigures, Overview, StateCount, Stats, Tally } from './stats/stats.ts'
export type { HistoryRow } from './stats/store.ts'
export type { TaskProgress, Tasks } from './tasks/tasks.ts'
export type { TemplateRecord, TemplateVersionRecord } from './templates/store.ts'
export type { Templates } from './templates/templates.ts'
export type { Trace, TraceNode, Traces } from './tracer/trace.ts'
export type { Pool, PoolFigures } from './workers/pool.ts'
export type { ScalingDecision } from './workers/scaling.ts'
