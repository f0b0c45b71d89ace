import { z } from 'zod'
import { words } from '../form.ts'

/**
 * Where a provider is called: https, or http on this machine for a twin or a gateway beside us. Without a trailing slash,
 * so that a path can be put behind it. `more`: what the operator should know besides.
 */
export function baseUrlSchema(standard: string, more?: { en: string; zh: string }) {
  return (
    z
      .string()
      .max(500)
      .superRefine((raw, context) => {
        const problem = problemOf(raw)
        if (problem) context.addIssue({ code: 'custom', message: problem })
      })
      .transform((raw) => raw.replace(/\/+$/, ''))
      // Not `default`: a schema of what is given in would not tell it.
      .prefault(standard)
      .meta(
        words({
          en: ['API address', more?.en ?? 'Only for a gateway of your own'],
          zh: ['接口地址', more?.zh ?? '仅在使用自建网关时修改'],
        }),
      )
  )
}

function problemOf(raw: string): string | null {
  if (!URL.canParse(raw)) return 'expected an address such as https://api.example.com'
  const { protocol, username, password, search, hash, hostname } = new URL(raw)
  if (username || password) return 'expected an address without user and password: they go into settings of their own'
  if (search || hash) return 'expected an address without ? and #'
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return null
  return `expected https, or http on this machine, got ${protocol}//`
}

/** Of a host as `URL` spells it. Names are not resolved. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
