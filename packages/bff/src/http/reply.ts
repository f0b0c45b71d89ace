/** The one place that writes JSON to a response. */
import type { ErrorReply, OkReply } from '@signalbox/contracts'
import type { RequestHandler } from 'express'
import type { ServerResponse } from 'node:http'

/** Request and reply of one call, as far as logs and metrics need to know. */
export interface CallInfo {
  requestId: string
  /** The path as it stands in the route table; never the URL, which may hold a recipient. */
  route: string
}

const infos = new WeakMap<ServerResponse, CallInfo>()

export function setCallInfo(response: ServerResponse, info: CallInfo): void {
  infos.set(response, info)
}

export function callInfo(response: ServerResponse): CallInfo {
  return infos.get(response) ?? { requestId: 'none', route: 'unknown' }
}

/** Tells logs and metrics which route it is. */
export function named(route: string): RequestHandler {
  return (_request, response, next) => {
    setCallInfo(response, { ...callInfo(response), route })
    next()
  }
}

export function sendOk<T>(response: ServerResponse, status: number, data: T, message = 'ok'): void {
  const reply: OkReply<T> = { code: 0, message, data }
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(reply))
}

export function sendError(
  response: ServerResponse,
  status: number,
  reply: ErrorReply,
  headers: Record<string, string> = {},
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(reply))
}

export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.statusCode = status
  response.setHeader('content-type', contentType)
  response.setHeader('content-length', Buffer.byteLength(text))
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
  response.end(text)
}
