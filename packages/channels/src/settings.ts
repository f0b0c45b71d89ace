import { issuesOf } from '@signalbox/contracts'
import { z } from 'zod'
import type { Checked } from './adapter.ts'

/**
 * Checks a service's settings against an adapter's schema. Every error names its field and says what was expected and what was
 * got, of a text only its length: it may be a secret.
 */
export function checkSettings<T>(schema: z.ZodType<T>, raw: unknown): Checked<T> {
  const whole = { settings: raw }
  const parsed = z.object({ settings: schema }).safeParse(whole)
  if (parsed.success) return { ok: true, value: parsed.data.settings }
  const errors = issuesOf(parsed.error, whole, 'settings').map(({ path, ...issue }) => ({
    field: path.replace(/^settings\.?/, ''),
    ...issue,
  }))
  return { ok: false, errors }
}
