/**
 * The loopback rule. While there are no operators, whoever reaches this port may do everything, so nobody but this
 * machine's own user may reach it: no web page of another origin (Origin, Sec-Fetch-Site) and no page whose name was
 * re-pointed at 127.0.0.1 (Host).
 */
import type { RequestHandler } from 'express'
import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface Guard {
  /** What is wrong with the request, or null. Handshakes of sockets count as unsafe whatever their method. */
  inspect(request: IncomingMessage, kind: 'http' | 'socket'): ApiError | null
  readonly middleware: RequestHandler
}

/** @param devOrigin origin of the Vite server in front of us during development, e.g. `http://localhost:5173` */
export function createGuard(devOrigin?: string): Guard {
  const devHost = devOrigin === undefined ? undefined : new URL(devOrigin).host

  function inspect(request: IncomingMessage, kind: 'http' | 'socket'): ApiError | null {
    const { host = '', origin } = request.headers
    if (!isOwnHost(host.toLowerCase(), request.socket.localPort ?? 0) && (devHost === undefined || host !== devHost)) {
      const expected = `${LOOPBACK_NAMES.join(', ')} with this server's port`
      return new ApiError('forbidden_host', `expected the Host header to be ${expected}, got ${shown(host)}`)
    }
    if (kind === 'http' && SAFE_METHODS.has(request.method ?? '')) return null
    const site = request.headers['sec-fetch-site']
    if (site !== undefined) {
      if (site === 'same-origin' || site === 'none') return null
      return foreign(`Sec-Fetch-Site to be same-origin or none`, String(site))
    }
    // Neither header: not a browser, so not driven by a page.
    if (origin === undefined || origin === `http://${host.toLowerCase()}` || origin === devOrigin) return null
    return foreign(`Origin to be http://${host}`, origin)
  }

  return {
    inspect,
    middleware(request, _response, next) {
      next(inspect(request, 'http') ?? undefined)
    },
  }
}

function isOwnHost(host: string, port: number): boolean {
  return LOOPBACK_NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

function foreign(expected: string, got: string): ApiError {
  return new ApiError('forbidden_origin', `expected ${expected}, got ${shown(got)}`)
}

function shown(header: string): string {
  return header === '' ? 'nothing' : JSON.stringify(header.slice(0, 80))
}
