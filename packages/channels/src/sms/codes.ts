/** What a provider's error codes mean, as data: one table per provider. */
import type { SuppressionReason } from '@signalbox/contracts'
import type { FailureCategory, FailureScope } from '../adapter.ts'
import type { Broken } from '../http/call.ts'

/**
 * `unknown`: the provider itself cannot say whether it was sent. The third: this recipient is not to be written to again,
 * and why.
 */
export type CodeMeaning =
  readonly [category: FailureCategory, scope: FailureScope, suppress?: SuppressionReason] | 'unknown'
export type CodeTable = Readonly<Record<string, CodeMeaning>>

/** The longest entry that is the code or ends in `.*` and begins it: `RequestLimitExceeded.*`. */
export function meaningOf(table: CodeTable, code: string): CodeMeaning | null {
  if (Object.hasOwn(table, code)) return table[code] ?? null
  const families = Object.keys(table).filter((key) => key.endsWith('.*') && `${code}.`.startsWith(key.slice(0, -1)))
  const [nearest] = families.sort((a, b) => b.length - a.length)
  return nearest === undefined ? null : (table[nearest] ?? null)
}

export function failureOf(meaning: CodeMeaning, code: string, detail: string, retryAfterMs?: number): Broken {
  if (meaning === 'unknown') return { status: 'unknown', code, detail }
  const [category, scope, suppress] = meaning
  const more = { ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(suppress ? { suppress } : {}) }
  return { status: 'failed', category, scope, code, detail, ...more }
}
