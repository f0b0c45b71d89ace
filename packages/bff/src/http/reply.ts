/** The one place that writes JSON to a response. */
import type { ErrorReply, OkReply } from '@signalbox/contracts'
import type { RequestHandler } from 'express'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Request and reply of one call while it is under way: what logs, metrics and limits need to know. */
export interface CallInfo {
  readonly requestId: string
  readonly startedAt: number
  /** The path as it stands in the route table; never the URL, which may hold a recipient. */
  route: string
  /**
   * Names and values by turns, written with the reply. Null where others (compression, files, security headers) have their
   * part in the reply: there they are set on the response itself.
   */
  headers: (string | number)[] | null
  /** Gives back what a limit holds; called when the reply is out or the client has gone. */
  release: (() => void) | null
}

const CALL = Symbol('call')
type Called = ServerResponse & { [CALL]?: CallInfo }

export function setCallInfo(response: ServerResponse, info: CallInfo): void {
  ;(response as Called)[CALL] = info
}

export function callInfo(response: ServerResponse): CallInfo {
  const info = (response as Called)[CALL]
  if (!info) throw new Error('expected a response that the request log has opened, got another')
  return info
}

/** Tells logs and metrics which route it is. */
export function named(route: string): RequestHandler {
  return (_request, response, next) => {
    callInfo(response).route = route
    next()
  }
}

/** A header of the reply. */
export function tell(response: ServerResponse, name: string, value: string | number): void {
  const { headers } = callInfo(response)
  if (headers) headers.push(name, value)
  else response.setHeader(name, value)
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
  for (const [name, value] of Object.entries(headers)) tell(response, name, value)
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(reply))
}

/** As it is made, as fast as it is read. Cut off when it breaks half way: a file that looks whole would be a lie. */
export async function sendFile(
  response: ServerResponse,
  contentType: string,
  fileName: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  response.setHeader('content-type', contentType)
  response.setHeader('content-disposition', `attachment; filename="${fileName}"`)
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
  await pipeline(Readable.from(lines), response)
}

export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  const length = Buffer.byteLength(text)
  tell(response, 'content-type', contentType)
  tell(response, 'content-length', length)
  tell(response, 'cache-control', 'no-store')
  tell(response, 'x-content-type-options', 'nosniff')
  const { headers } = callInfo(response)
  if (headers) response.writeHead(status, headers)
  else response.statusCode = status
  // One byte per character: it is ASCII, and spares the encoder.
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}
