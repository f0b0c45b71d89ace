/** Every call to the BFF: one envelope, one kind of error. */
import type { ErrorName, ErrorReply, Issue } from '@signalbox/contracts'

/** Besides the server's own names: it did not answer, or not in the envelope, or not in the shape the contract has. */
export type ApiErrorName = ErrorName | 'unreachable' | 'bad_reply'

export class ApiError extends Error {
  override readonly name: ApiErrorName
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** What is wrong with the input, by field. */
  readonly issues: readonly Issue[]
  /** Ask again after so many ms, when the server said so. */
  readonly retryAfterMs: number | undefined

  constructor(
    name: ApiErrorName,
    message: string,
    options: { status?: number; issues?: readonly Issue[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = name
    this.status = options.status ?? 0
    this.issues = options.issues ?? []
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What a zod schema is to us. */
interface Schema<T> {
  parse(input: unknown): T
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  /** Fields that are undefined are left out. */
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string>
  signal?: AbortSignal
}

/**
 * Resolves with `data` of the reply, checked against the contract.
 * @throws ApiError; an aborted request rejects with the signal's reason instead.
 */
export async function request<T>(schema: Schema<T>, path: string, init: RequestOptions = {}): Promise<T> {
  const response = await answerOf(path, init)
  const reply = await envelopeOf(response, init.signal)
  if (isErrorReply(reply)) throw errorOf(reply, response.status)
  try {
    return schema.parse((reply as { data?: unknown }).data)
  } catch (cause) {
    throw new ApiError('bad_reply', `expected ${path} to reply as the contract says, got something else`, {
      status: response.status,
      cause,
    })
  }
}

async function answerOf(
  path: string,
  { method = 'GET', body, query, headers, signal }: RequestOptions,
): Promise<Response> {
  try {
    return await fetch(path + searchOf(query), {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ApiError('unreachable', 'expected the server to answer, got no connection', { cause })
  }
}

async function envelopeOf(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ApiError('bad_reply', `expected JSON, got HTTP ${response.status} with something else`, {
      status: response.status,
      cause,
    })
  }
}

function isErrorReply(reply: unknown): reply is ErrorReply {
  return typeof reply === 'object' && reply !== null && 'code' in reply && reply.code !== 0 && 'details' in reply
}

function errorOf({ message, details }: ErrorReply, status: number): ApiError {
  return new ApiError(details.error, message, {
    status,
    issues: details.issues ?? [],
    ...(details.retry_after_ms === undefined ? {} : { retryAfterMs: details.retry_after_ms }),
  })
}

function searchOf(query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`
}
