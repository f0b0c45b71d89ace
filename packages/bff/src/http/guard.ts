/**
 * The loopback rule. While there are no operators, whoever reaches this port may do everything, so nobody but this
 * machine's own user may reach it: no web page of another origin (Origin, Sec-Fetch-Site) and no page whose name was
 * re-pointed at 127.0.0.1 (Host).
 */
import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface Guard {
  /** What is wrong with the request, or null. Handshakes of sockets count as unsafe whatever their method. `others`: further origins that may. */
  inspect(request: IncomingMessage, kind: 'http' | 'socket', others?: ReadonlySet<string>): ApiError | null
  /** Throws what is wrong with the request. */
  check(request: IncomingMessage): void
}

/** @param devOrigin origin of the Vite server in front of us during development, e.g. `http://localhost:5173` */
export function createGuard(devOrigin?: string): Guard {
  const devHost = devOrigin === undefined ? undefined : new URL(devOrigin).host
  /** Our names at the port of the last request; a server has one. */
  let port = 0
  let own = ownHosts(port)

  function inspect(request: IncomingMessage, kind: 'http' | 'socket', others?: ReadonlySet<string>): ApiError | null {
    const { host = '', origin } = request.headers
    const { localPort = 0 } = request.socket
    if (localPort !== port) own = ownHosts((port = localPort))
    if (!own.has(host) && !own.has(host.toLowerCase()) && (devHost === undefined || host !== devHost)) {
      const expected = `${LOOPBACK_NAMES.join(', ')} with this server's port`
      return new ApiError('forbidden_host', `expected the Host header to be ${expected}, got ${shown(host)}`)
    }
    if (kind === 'http' && SAFE_METHODS.has(request.method ?? '')) return null
    if (origin !== undefined && others?.has(origin)) return null
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
    check(request) {
      const refusal = inspect(request, 'http')
      if (refusal) throw refusal
    },
  }
}

function ownHosts(port: number): ReadonlySet<string> {
  return new Set(LOOPBACK_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])))
}

function foreign(expected: string, got: string): ApiError {
  return new ApiError('forbidden_origin', `expected ${expected}, got ${shown(got)}`)
}

function shown(header: string): string {
  return header === '' ? 'nothing' : JSON.stringify(header.slice(0, 80))
}
