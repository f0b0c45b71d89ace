/** From a request to records on disk: everything is checked before anything is written, and a batch is written whole or not at all. */
import type { Issue, Variables } from '@signalbox/contracts'
import { MESSAGE_LIMITS, PRIORITY_DEFAULT, prioritySchema } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import type { NextId } from '../ids.ts'
import { laneOf } from '../queue/lane.ts'
import type { Entry } from '../queue/store.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import { checkVariables, versionFor, type CompiledTemplate, type TemplateCatalogue } from '../templates/catalogue.ts'
import type { AcceptBatch, AcceptMessage } from './requests.ts'
import type { AcceptWrite, NewMessage, StoredReply } from './store.ts'

/** Problems named in one refusal of a batch. */
const ISSUES_SHOWN = 20

export interface AcceptRequest extends Omit<AcceptBatch, 'recipients' | 'variablesList'> {
  /** A batch is a task of its own, with its own turns. */
  batch: boolean
  to: readonly { recipient: string; variables: Variables; path: string }[]
}

export function singleRequest({ recipient, variables, ...rest }: AcceptMessage): AcceptRequest {
  return { ...rest, batch: false, to: [{ recipient, variables, path: '' }] }
}

export function batchRequest({ recipients, variablesList, ...rest }: AcceptBatch): AcceptRequest {
  if (recipients.length === 0 || recipients.length > MESSAGE_LIMITS.batchRecipients) {
    throw invalid(issue('recipients', `a list of 1 to ${MESSAGE_LIMITS.batchRecipients}`, recipients.length))
  }
  if (recipients.length !== variablesList.length) {
    throw invalid(
      issue('variables_list', `a list of ${recipients.length}, one entry per recipient`, variablesList.length),
    )
  }
  const to = recipients.map((recipient, i) => ({ recipient, variables: variablesList[i] as Variables, path: `[${i}]` }))
  return { ...rest, batch: true, to }
}

export interface AcceptDeps {
  catalogue: TemplateCatalogue
  services: ServiceRegistry
  clock: Clock
  nextId: NextId
  settingsVersion: () => number
  /** Room for them in memory: see `FairWindow.reserve`. */
  reserve: (entries: readonly Entry[]) => boolean
}

export async function prepareAccept(request: AcceptRequest, deps: AcceptDeps): Promise<AcceptWrite> {
  const { catalogue, services, clock, nextId } = deps
  const template = await catalogue.active(request.templateId)
  const now = clock.now()
  const priority = checkPriority(request.priority)
  const dueAt = checkDue(request, now)
  const taskId = request.batch ? nextId() : null
  const flow = taskId === null ? (request.flow ?? 'api') : `task:${taskId}`
  const issues: Issue[] = []
  let refusal: EngineError | null = null
  const messages: NewMessage[] = []
  for (const each of request.to) {
    try {
      const recipient = services.checkRecipient(
        template.channel,
        each.recipient,
        request.batch ? `recipients${each.path}` : 'recipient',
      )
      const version = versionFor(template, recipient)
      messages.push({
        id: nextId(),
        channel: template.channel,
        recipient,
        templateId: template.templateId,
        templateVersion: version.version,
        variables: checkVariablesOf(
          version,
          each.variables,
          request.batch ? `variables_list${each.path}` : 'variables',
        ),
        priority,
        flow,
        taskId,
        acceptedAt: now,
        dueAt,
        expiresAt: request.ttlMs === undefined ? null : dueAt + request.ttlMs,
        settingsVersion: deps.settingsVersion(),
        traceparent: request.traceparent ?? null,
      })
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      refusal ??= error
      issues.push(...error.issues)
      if (issues.length >= ISSUES_SHOWN) break
    }
  }
  if (refusal) throw new EngineError(refusal.reason, refusal.message, { issues: issues.slice(0, ISSUES_SHOWN) })
  const lane = laneOf(template.channel, flow)
  return {
    messages,
    lane,
    // In the same turn in which the ids were given out: residents stand in the order of their ids.
    resident: dueAt <= now && deps.reserve(entriesOf(messages, lane)),
    task:
      taskId === null
        ? null
        : { id: taskId, templateId: template.templateId, channel: template.channel, total: messages.length, priority },
    idempotency: request.idempotency ? { ...request.idempotency, reply: replyOf(taskId, messages) } : null,
    now,
  }
}

export function entriesOf(messages: readonly NewMessage[], lane: string): Entry[] {
  return messages.map(({ id, priority }) => ({ queue: 'message.send', priority, lane, id }))
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

/** A time that has passed means now. */
function checkDue({ delayMs, scheduledAt }: AcceptRequest, now: number): number {
  const dueAt = scheduledAt ?? now + (delayMs ?? 0)
  if (dueAt > now + MESSAGE_LIMITS.delayMs) {
    throw invalid(issue(scheduledAt === undefined ? 'delay_ms' : 'scheduled_at', 'at most 366 days ahead', dueAt - now))
  }
  return Math.max(now, dueAt)
}

/** As `checkVariables`, with the place of a batch's entry in the paths. */
function checkVariablesOf(template: CompiledTemplate, variables: Variables, at: string): Record<string, string> {
  try {
    return checkVariables(template, variables)
  } catch (error) {
    if (!(error instanceof EngineError) || at === 'variables') throw error
    const relocate = (text: string) => text.replaceAll('variables.', `${at}.`)
    const issues = error.issues.map((each) => ({ ...each, path: relocate(each.path), message: relocate(each.message) }))
    throw new EngineError(error.reason, relocate(error.message), { issues })
  }
}

function invalid(problem: Issue): EngineError {
  return new EngineError('invalid', problem.message, { issues: [problem] })
}
