import { z } from 'zod'

/**
 * Where a provider is called: https, or http on this machine for a twin or a gateway beside us. Without a trailing slash,
 * so that a path can be put behind it.
 */
export function baseUrlSchema(standard: string) {
  return z
    .string()
    .max(500)
    .superRefine((raw, context) => {
      const problem = problemOf(raw)
      if (problem) context.addIssue({ code: 'custom', message: problem })
    })
    .transform((raw) => raw.replace(/\/+$/, ''))
    .default(standard)
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

/** The NAME under which the environment holds a secret (`ctx.secret`); the secret itself is never stored. */
export const secretNameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _')
