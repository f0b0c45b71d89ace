export type { Alert, Alerts } from './alerts/alerts.ts'
export type { AlertEventRecord } from './alerts/store.ts'
export { createEngine, type Engine, type EngineOptions, type PoolsReport } from './engine.ts'
export { systemClock, type Clock } from './clock.ts'
export { EngineError } from './errors.ts'
export { once, type EngineEvents, type Events } from './events.ts'
export { parseRecordId, timeOfId, traceIdOf } from './ids.ts'
export type { Inbox } from './inbox/inbox.ts'
export type { InboxEntryRecord, InboxPage } from './inbox/store.ts'
export type { Job, JobOptions, Jobs } from './jobs/jobs.ts'
export { rateLimited, type LimitDecision, type Limiter, type Quota } from './limiter/limiter.ts'
export type { LockOptions, Locks } from './lock/lock.ts'
export type { LookupReport, LookupResult } from './lookups/lookups.ts'
export type { KeptRecord } from './messages/kept.ts'
export type { Bulk, BulkAction, BulkFilter, BulkJob, BulkPreview, BulkRequest } from './messages/bulk.ts'
export type { Found } from './messages/find.ts'
export type { CallbackReply, Callbacks } from './messages/callbacks.ts'
export type { Explanation, WaitReason } from './messages/explain.ts'
export type { Messages } from './messages/messages.ts'
export type { SearchPage } from './messages/store.ts'
export type { LinkState } from './driver.ts'
export type { MessageRecord } from './messages/record.ts'
export type { Accepted, AcceptedBatch, AcceptBatch, AcceptMessage, MessageQuery } from './messages/requests.ts'
export type { SavedView, Views } from './messages/views.ts'
export type { Bus } from './nodes/bus.ts'
export type { Cluster } from './nodes/cluster.ts'
export type { NodeIdentity, NodeRecord } from './nodes/store.ts'
export type { Paused, PauseTarget } from './queue/pauses.ts'
export type { QueueDepth } from './queue/queues.ts'
export type { Rank } from './queue/rank.ts'
export { keyFile, type KeyFileOptions } from './secrets/key-file.ts'
export { givenKey, MasterKeyError, parseMasterKey, type KeySource } from './secrets/master-key.ts'
export { forgetAllSecrets, rotateKey } from './secrets/commands.ts'
export type { AccountHealth as ServiceHealth } from './services/account.ts'
export type { NewService, ServiceChange, ServiceRecord, Services } from './services/services.ts'
export type { TrialInput, TrialResult } from './services/trial.ts'
export type { SettingsApplied } from './settings/applied.ts'
export type { Settings, SettingsAt, SettingsValues } from './settings/settings.ts'
export type {
  Conservation,
  Counts,
  LastHour,
  LiveFigures,
  MonitorFigures,
  Overview,
  PastFigures,
  RangeFigures,
  StateCount,
  Stats,
  Tally,
  TemplateUse,
  Usual,
} from './stats/stats.ts'
export type { ServiceActivity, ServiceFigures } from './stats/service-activity.ts'
export type { HistoryRow } from './stats/store.ts'
export type { SuppressionQuery, SuppressionRecord } from './suppressions/store.ts'
export type { AddSuppression, Suppressions } from './suppressions/suppressions.ts'
export type { TaskProgress, Tasks } from './tasks/tasks.ts'
export type { Arm, ExperimentReport, Experiments } from './templates/experiments.ts'
export type { CompiledMjml } from './templates/mjml.ts'
export type { TemplateRecord, TemplateVersionRecord } from './templates/store.ts'
export type { RenderDraft, Templates } from './templates/templates.ts'
export type { Payload, RenderDifference, RenderFailure, RenderReport } from './templates/render-batch.ts'
export { percentileOf, rankOf, type Durations, type UsualDurations } from './tracer/usual.ts'
export type { Trace, TraceNode, Traces } from './tracer/trace.ts'
export type { Pool, PoolFigures } from './workers/pool.ts'
export type { ScalingCause, ScalingDecision } from './workers/scaling.ts'
export type { ThreadFigures } from './workers/threads.ts'
