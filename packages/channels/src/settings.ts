import type { z } from 'zod'
import type { Checked } from './adapter.ts'

/** Checks a service's settings against an adapter's schema; every error names its field. */
export function checkSettings<T>(schema: z.ZodType<T>, raw: unknown): Checked<T> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return { ok: true, value: parsed.data }
  const errors = parsed.error.issues.map((issue) => ({
    field: issue.path.join('.') || 'settings',
    message: issue.message,
  }))
  return { ok: false, errors }
}
