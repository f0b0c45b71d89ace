/** From a request to records on disk: everything is checked before anything is written, and a batch is written whole or not at all. */
import type { Issue, Variables } from '@signalbox/contracts'
import { MESSAGE_LIMITS, PRIORITY_DEFAULT, prioritySchema } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import type { NextId } from '../ids.ts'
import { laneOf } from '../queue/lane.ts'
import type { Entry } from '../queue/store.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import { isTimeZone } from '../stats/calendar.ts'
import {
  checkVariables,
  versionFor,
  type ActiveTemplate,
  type CompiledTemplate,
  type TemplateCatalogue,
} from '../templates/catalogue.ts'
import { acceptedRecord, type MessageRecord } from './record.ts'
import type { AcceptBatch, AcceptMessage } from './requests.ts'
import type { AcceptWrite, NewMessage, StoredReply } from './store.ts'

/** Problems named in one refusal of a batch. */
const ISSUES_SHOWN = 20

export interface AcceptRequest extends AcceptBatch {
  /** A batch is a task of its own, with its own turns. */
  batch: boolean
}

export function singleRequest({ recipient, variables, ...rest }: AcceptMessage): AcceptRequest {
  return { ...rest, batch: false, recipients: [recipient], variablesList: [variables] }
}

export function batchRequest(input: AcceptBatch): AcceptRequest {
  const { recipients, variablesList } = input
  if (recipients.length === 0 || recipients.length > MESSAGE_LIMITS.batchRecipients) {
    throw invalid(issue('recipients', `a list of 1 to ${MESSAGE_LIMITS.batchRecipients}`, recipients.length))
  }
  if (recipients.length !== variablesList.length) {
    throw invalid(
      issue('variables_list', `a list of ${recipients.length}, one entry per recipient`, variablesList.length),
    )
  }
  return { ...input, batch: true }
}

export interface AcceptDeps {
  catalogue: TemplateCatalogue
  services: ServiceRegistry
  clock: Clock
  nextId: NextId
  settingsVersion: () => number
  /** Room for them in memory: see `FairWindow.reserve`. */
  reserve: (entries: readonly Entry[]) => boolean
  /** Whether this node would own what is ready of these; else they belong to nobody, and whoever has room takes them. */
  owns: (entries: readonly Entry[]) => boolean
}

/** A request that is in order: what is to be written, and what will be told once it is. */
export interface AcceptPlan {
  write: AcceptWrite & { messages: readonly MessageRecord[] }
  entries: readonly Entry[]
}

/** At once, without a promise, where the template is at hand. */
export function prepareAccept(request: AcceptRequest, deps: AcceptDeps): AcceptPlan | Promise<AcceptPlan> {
  const { templateId, templateVersion } = request
  const template =
    templateVersion === undefined
      ? deps.catalogue.active(templateId)
      : deps.catalogue.published(templateId, templateVersion)
  return template instanceof Promise
    ? template.then((late) => plan(request, late, deps))
    : plan(request, template, deps)
}

function plan(request: AcceptRequest, template: CompiledTemplate | ActiveTemplate, deps: AcceptDeps): AcceptPlan {
  const now = deps.clock.now()
  const priority = checkPriority(request.priority)
  const dueAt = checkDue(request, now)
  const taskId = request.batch ? deps.nextId() : null
  const flow = taskId === null ? (request.flow ?? 'api') : `task:${taskId}`
  const messages = checkAll(request, template, deps, { priority, flow, taskId, now, dueAt })
  const lane = laneOf(template.channel, flow)
  const entries = messages.map(({ id }): Entry => ({ queue: 'message.send', priority, lane, id }))
  const isReady = dueAt <= now
  const unowned = isReady && !deps.owns(entries)
  const write: AcceptPlan['write'] = {
    messages,
    lane,
    // In the same turn in which the ids were given out: residents stand in the order of their ids.
    resident: isReady && !unowned && deps.reserve(entries),
    unowned,
    task:
      taskId === null
        ? null
        : { id: taskId, templateId: template.templateId, channel: template.channel, total: messages.length, priority },
    idempotency: request.idempotency ? { ...request.idempotency, reply: replyOf(taskId, messages) } : null,
    now,
  }
  return { write, entries }
}

interface Shared {
  priority: number
  flow: string
  taskId: number | null
  now: number
  dueAt: number
}

function checkAll(
  request: AcceptRequest,
  template: CompiledTemplate | ActiveTemplate,
  deps: AcceptDeps,
  shared: Shared,
): MessageRecord[] {
  const { services, nextId } = deps
  const { batch, recipients, variablesList } = request
  const { channel, templateId } = template
  const { priority, flow, taskId, now, dueAt } = shared
  const settingsVersion = deps.settingsVersion()
  const expiresAt = request.ttlMs === undefined ? null : dueAt + request.ttlMs
  const traceparent = request.traceparent ?? null
  const timeZone = checkTimeZone(request.timeZone)
  const messages: MessageRecord[] = []
  const issues: Issue[] = []
  let refusal: EngineError | null = null
  for (let i = 0; i < recipients.length; i++) {
    try {
      const raw = recipients[i] as string
      const recipient = services.checkRecipient(channel, raw, batch ? `recipients[${i}]` : 'recipient')
      const version = 'experiment' in template ? versionFor(template, recipient) : template
      const variables = checkVariablesOf(version, variablesList[i] as Variables, batch ? i : null)
      messages.push(
        acceptedRecord({
          id: nextId(),
          channel,
          recipient,
          templateId,
          templateVersion: version.version,
          variables,
          priority,
          flow,
          taskId,
          acceptedAt: now,
          dueAt,
          expiresAt,
          settingsVersion,
          traceparent,
          timeZone,
        }),
      )
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      refusal ??= error
      issues.push(...error.issues)
      if (issues.length >= ISSUES_SHOWN) break
    }
  }
  if (refusal) throw new EngineError(refusal.reason, refusal.message, { issues: issues.slice(0, ISSUES_SHOWN) })
  return messages
}

export function replyOf(taskId: number | null, messages: readonly NewMessage[]): StoredReply {
  const firstId = (messages[0] as NewMessage).id
  if (taskId === null) return { id: firstId }
  return { taskId, count: messages.length, firstId, lastId: (messages.at(-1) as NewMessage).id }
}

function checkPriority(priority: number | undefined): number {
  if (priority === undefined) return PRIORITY_DEFAULT
  if (prioritySchema.safeParse(priority).success) return priority
  throw invalid(issue('priority', 'an integer from 0 to 10', priority))
}

function checkTimeZone(timeZone: string | undefined): string | null {
  if (timeZone === undefined) return null
  if (isTimeZone(timeZone)) return timeZone
  throw invalid(issue('recipient_time_zone', 'an IANA time zone such as Asia/Shanghai', timeZone))
}

/** A time that has passed means now. */
function checkDue({ delayMs, scheduledAt }: AcceptRequest, now: number): number {
  const dueAt = scheduledAt ?? now + (delayMs ?? 0)
  if (dueAt > now + MESSAGE_LIMITS.delayMs) {
    throw invalid(issue(scheduledAt === undefined ? 'delay_ms' : 'scheduled_at', 'at most 366 days ahead', dueAt - now))
  }
  return Math.max(now, dueAt)
}

/** As `checkVariables`, with the place of a batch's entry in the paths. */
function checkVariablesOf(
  template: CompiledTemplate,
  variables: Variables,
  place: number | null,
): Record<string, string> {
  try {
    return checkVariables(template, variables)
  } catch (error) {
    if (!(error instanceof EngineError) || place === null) throw error
    const relocate = (text: string) => text.replaceAll('variables.', `variables_list[${place}].`)
    const issues = error.issues.map((each) => ({ ...each, path: relocate(each.path), message: relocate(each.message) }))
    throw new EngineError(error.reason, relocate(error.message), { issues })
  }
}

function invalid(problem: Issue): EngineError {
  return new EngineError('invalid', problem.message, { issues: [problem] })
}
