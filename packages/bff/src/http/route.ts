/**
 * A call of the API, described once. The router mounts it and the OpenAPI document is written from it, so neither can
 * know a call, a field or an error that the other does not.
 */
import type { ErrorName } from '@signalbox/contracts'
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'

export interface Call<P, Q, B> {
  params: P
  query: Q
  body: B
  headers: IncomingHttpHeaders
  setHeader(name: string, value: string): void
}

export type Tag =
  | 'messages'
  | 'templates'
  | 'traces'
  | 'queues'
  | 'statistics'
  | 'tasks'
  | 'services'
  | 'suppressions'
  | 'sandbox'
  | 'inbox'
  | 'monitor'
  | 'alerts'
  | 'system'

interface Described {
  method: 'get' | 'post' | 'put' | 'delete'
  /** As Express writes it: `/api/messages/:id`. */
  path: `/${string}`
  operation: string
  tag: Tag
  summary: string
  /** Refusals of its own, beside those that every call may give (`COMMON_ERRORS`). */
  errors: readonly ErrorName[]
}

export interface RouteSpec<
  P extends z.ZodType,
  Q extends z.ZodObject,
  B extends z.ZodType,
  D extends z.ZodType,
> extends Described {
  params?: P
  query?: Q
  body?: B
  bodyLimitBytes?: number
  /** Headers that the call looks at. */
  headers?: Record<string, string>
  /** The shape of `data` in the envelope. */
  data: D
  /** HTTP status of a success; default 200. */
  status?: number
  example?: { body?: z.input<B>; data?: z.input<D> }
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<z.output<D>> | z.output<D>
}

/** A route whose own types are checked where it is written and forgotten here. */
export interface Route extends Described {
  params: z.ZodType
  query: z.ZodObject
  body: z.ZodType | null
  bodyLimitBytes: number
  headers: Record<string, string>
  data: z.ZodType
  status: number
  example: { body?: unknown; data?: unknown }
  handle(call: Call<unknown, unknown, unknown>): unknown
}

interface TextDescribed {
  path: `/${string}`
  operation: string
  tag: Tag
  summary: string
  contentType: string
}

/** A reply outside the envelope: Prometheus text, the OpenAPI document; or a file that is written while it is read. */
export type TextRoute = TextDescribed &
  (
    | { handle(): Promise<string> | string }
    // `lines` gets what `query` gave.
    | { fileName: string; query: z.ZodObject; lines(query: unknown): AsyncIterable<string> }
  )

/** Every call may give these. */
export const COMMON_ERRORS = [
  'forbidden_host',
  'invalid',
  'rate_limited',
  'internal',
  'not_accepting',
] as const satisfies ErrorName[]
/** Every call that changes something may give these too. */
export const UNSAFE_ERRORS = [
  'forbidden_origin',
  'malformed_json',
  'unsupported_content_type',
  'body_too_large',
] as const satisfies ErrorName[]

const SMALL_BODY_BYTES = 16 * 1024
const nothing = z.strictObject({})

export function route<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodObject = typeof nothing,
  B extends z.ZodType = typeof nothing,
  D extends z.ZodType = z.ZodType,
>(spec: RouteSpec<P, Q, B, D>): Route {
  const { handle, ...rest } = spec
  return {
    ...rest,
    params: spec.params ?? nothing,
    query: spec.query ?? nothing,
    body: spec.method === 'get' ? null : (spec.body ?? nothing),
    bodyLimitBytes: spec.bodyLimitBytes ?? SMALL_BODY_BYTES,
    headers: spec.headers ?? {},
    status: spec.status ?? 200,
    example: spec.example ?? {},
    // The one place where the types are forgotten: `mount` hands in what these same schemas gave.
    handle,
  }
}
