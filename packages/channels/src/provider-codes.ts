/** What a provider's own codes mean, as data: a table per provider, one row per code. */
import type { SuppressionReason } from '@signalbox/contracts'
import type { FailureCategory, FailureScope, Outcome } from './adapter.ts'

export interface CodeMeaning {
  category: FailureCategory
  scope: FailureScope
  /** What an operator reads beside the code. */
  meaning: string
  /** Only where the provider names a time. */
  retryAfterMs?: number
  /** This recipient is not to be written to again, and why. */
  suppress?: SuppressionReason
  /** See `Outcome`. */
  endsAccount?: true
}
export type CodeTable = Readonly<Record<string, CodeMeaning>>

export type Failed = Extract<Outcome, { status: 'failed' }>

/**
 * The failure that a refusal with this code is. A code that the table does not know is still a refusal: nothing was sent,
 * and trying again later does no harm.
 */
export function refusalOf(table: CodeTable, code: string, said: string): Failed {
  const known = Object.hasOwn(table, code) ? table[code] : undefined
  const { category, scope, meaning, retryAfterMs, suppress, endsAccount } = known ?? UNKNOWN_CODE
  return {
    status: 'failed',
    category,
    scope,
    code,
    detail: said === '' ? meaning : `${meaning}: ${said}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(suppress ? { suppress } : {}),
    ...(endsAccount ? { endsAccount } : {}),
  }
}

const UNKNOWN_CODE: CodeMeaning = {
  category: 'provider_down',
  scope: 'message',
  meaning: 'refused with a code that is not in our table',
}
