import { ERROR_CODES, type ErrorName, type ErrorReply, type Issue } from '@signalbox/contracts'
import { EngineError } from '@signalbox/engine'

/** What HTTP itself refuses before the engine is asked. Its text says what, expected and got. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly reason: ErrorName
  readonly issues: readonly Issue[]
  readonly retryAfterMs: number | undefined
  /** Headers that belong to the refusal, e.g. `Allow`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    reason: ErrorName,
    message: string,
    options: { issues?: readonly Issue[]; retryAfterMs?: number; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.reason = reason
    this.issues = options.issues ?? []
    this.retryAfterMs = options.retryAfterMs
    this.headers = options.headers ?? {}
  }
}

/** Total: a new error name does not compile until it has a status. */
export const HTTP_STATUS: Record<ErrorName, number> = {
  malformed_json: 400,
  unauthorized: 401,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  template_not_found: 404,
  message_not_found: 404,
  service_not_found: 404,
  task_not_found: 404,
  alert_not_found: 404,
  moment_not_found: 404,
  bulk_not_found: 404,
  view_not_found: 404,
  settings_version_not_found: 404,
  suppression_not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_in_flight: 409,
  wrong_state: 409,
  views_full: 409,
  body_too_large: 413,
  unsupported_content_type: 415,
  invalid: 422,
  idempotency_mismatch: 422,
  template_not_active: 422,
  unknown_variable: 422,
  missing_variable: 422,
  invalid_recipient: 422,
  rate_limited: 429,
  internal: 500,
  not_accepting: 503,
  queue_full: 503,
}

export interface Refusal {
  status: number
  headers: Record<string, string>
  reply: ErrorReply
}

/** The reply to anything that was thrown. What is not a refusal on purpose is a defect: it tells nothing but the request id. */
export function refusalOf(error: unknown, requestId: string): Refusal {
  if (!(error instanceof EngineError || error instanceof ApiError)) {
    const message = `internal error; the log has the details under request id ${requestId}`
    return { status: 500, headers: {}, reply: errorReply('internal', message, { request_id: requestId }) }
  }
  const { reason, message, issues, retryAfterMs } = error
  const headers: Record<string, string> = error instanceof ApiError ? { ...error.headers } : {}
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  const reply = errorReply(reason, message, {
    request_id: requestId,
    ...(issues.length > 0 ? { issues: [...issues] } : {}),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterMs) }),
  })
  return { status: HTTP_STATUS[reason], headers, reply }
}

function errorReply(error: ErrorName, message: string, details: Omit<ErrorReply['details'], 'error'>): ErrorReply {
  return { code: ERROR_CODES[error], message, data: null, details: { error, ...details } }
}
