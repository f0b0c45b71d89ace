import {
  MESSAGE_LIMITS,
  sendBatchReplySchema,
  sendBatchRequestSchema,
  sendReplySchema,
  sendRequestSchema,
  type ErrorName,
} from '@signalbox/contracts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Deps } from '../deps.ts'
import { bodyHash, idempotencyKey } from '../http/idempotency.ts'
import { route, type Route } from '../http/route.ts'

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

const headers = {
  'Idempotency-Key':
    'The same key and body get the stored reply again; may stand in the body as idempotency_key instead.',
  traceparent: 'W3C trace context of the caller, shown on the trace.',
}
const errors: ErrorName[] = [
  'template_not_found',
  'template_not_active',
  'unknown_variable',
  'missing_variable',
  'invalid_recipient',
  'idempotency_in_flight',
  'idempotency_mismatch',
  'queue_full',
]

/** 202 means stored durably: the engine's promise settles when the commit is on disk. */
export function sendRoutes({ engine, idempotency }: Pick<Deps, 'engine' | 'idempotency'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/messages/send',
      operation: 'sendMessage',
      tag: 'messages',
      summary: 'Accept one message',
      body: sendRequestSchema,
      bodyLimitBytes: MESSAGE_LIMITS.sendBodyBytes,
      headers,
      data: sendReplySchema,
      status: 202,
      errors,
      example: {
        body: { template_id: 1, recipient: '+8613800138000', variables: { code: '123456' }, priority: 5 },
        data: { record_id: 373506914918400, trace_id: 'msg_0AKPFDFR800' },
      },
      handle({ body, headers: sent, setHeader }) {
        const key = idempotencyKey(body.idempotency_key, sent)
        return idempotency.alone(key, async () => {
          const accepted = await engine.messages.accept({
            ...acceptOptions(body, sent),
            recipient: body.recipient,
            variables: body.variables,
            idempotency: key === undefined ? undefined : { key, bodyHash: bodyHash('send', body) },
          })
          if (accepted.repeated) setHeader('idempotent-replayed', 'true')
          return { record_id: accepted.id, trace_id: accepted.traceId }
        })
      },
    }),
    route({
      method: 'post',
      path: '/api/messages/send-batch',
      operation: 'sendBatch',
      tag: 'messages',
      summary: 'Accept one message per recipient, all or none',
      body: sendBatchRequestSchema,
      bodyLimitBytes: MESSAGE_LIMITS.batchBodyBytes,
      headers,
      data: sendBatchReplySchema,
      status: 202,
      errors,
      example: {
        body: { template_id: 1, recipients: ['+8613800138000'], variables_list: [{ code: '123456' }] },
      },
      handle({ body, headers: sent, setHeader }) {
        const key = idempotencyKey(body.idempotency_key, sent)
        return idempotency.alone(key, async () => {
          const accepted = await engine.messages.acceptBatch({
            ...acceptOptions(body, sent),
            recipients: body.recipients,
            variablesList: body.variables_list,
            idempotency: key === undefined ? undefined : { key, bodyHash: bodyHash('send-batch', body) },
          })
          if (accepted.repeated) setHeader('idempotent-replayed', 'true')
          return {
            task_id: accepted.taskId,
            count: accepted.count,
            first_record_id: accepted.firstId,
            last_record_id: accepted.lastId,
          }
        })
      },
    }),
  ]
}

interface CommonBody {
  template_id: number
  priority?: number | undefined
  delay_ms?: number | undefined
  scheduled_at?: string | undefined
  ttl_ms?: number | undefined
  recipient_time_zone?: string | undefined
}

function acceptOptions(body: CommonBody, { traceparent }: IncomingHttpHeaders) {
  return {
    templateId: body.template_id,
    priority: body.priority,
    delayMs: body.delay_ms,
    scheduledAt: body.scheduled_at === undefined ? undefined : Date.parse(body.scheduled_at),
    ttlMs: body.ttl_ms,
    timeZone: body.recipient_time_zone,
    // As W3C says, one that cannot be read is as good as none.
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined,
  }
}
