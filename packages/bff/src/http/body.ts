import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

/** The peer went away while it was sending; there is nobody left to answer. */
export class RequestAborted extends Error {
  override readonly name = 'RequestAborted'
}

export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
}

/** Reads a JSON body of at most `limitBytes`. A call without a body gives `{}`, so that the schema names what is missing. */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  if (!hasBody(request)) return {}
  requireJson(request)
  const bytes = await readBytes(request, limitBytes)
  if (!isUtf8(bytes)) throw new ApiError('malformed_json', 'expected the body to be UTF-8, got other bytes')
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    // The parser's own message quotes the body, which may be a message's content.
    throw new ApiError('malformed_json', `expected the body to be JSON, got ${bytes.length} bytes that are not`)
  }
}

/**
 * Only `application/json`: a form on another site cannot send it without asking first, and nothing here answers such a
 * question.
 */
function requireJson(request: IncomingMessage): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (type === 'application/json' && encoding === 'identity') return
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (media !== 'application/json' || (charset && !/^charset="?utf-8"?$/.test(charset))) {
    const got = type === '' ? 'none' : type.slice(0, 80)
    throw new ApiError('unsupported_content_type', `expected Content-Type application/json, got ${got}`)
  }
  if (encoding !== 'identity') {
    throw new ApiError('unsupported_content_type', `expected no Content-Encoding, got ${encoding.slice(0, 80)}`)
  }
}

/** The bytes as they came. */
export function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = (): ApiError =>
    // The rest of the body is not read, so the connection cannot be used again.
    new ApiError('body_too_large', `expected a body of at most ${limitBytes} bytes, got more`, {
      headers: { connection: 'close' },
    })
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let over = false
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size <= limitBytes) return void chunks.push(chunk)
      over = true
      request.off('data', onData).pause()
      reject(tooLarge())
    }
    const onEnd = (): void => {
      over = true
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
    }
    // Every request is closed some time; only one that is not over by then was given up.
    const onGone = (): void => {
      if (!over) reject(new RequestAborted('the client went away while sending'))
    }
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
