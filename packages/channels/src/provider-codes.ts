/** What a provider's own codes mean, as data: a table per provider, one row per code. */
import type { SuppressionReason } from '@signalbox/contracts'
import type { FailureCategory, FailureScope, Outcome } from './adapter.ts'
import type { Broken } from './http/call.ts'

export interface More {
  /** What an operator reads before the provider's own words. */
  says?: string
  /** Only where the provider names a time. */
  retryAfterMs?: number
  /** This recipient is not to be written to again, and why. */
  suppress?: SuppressionReason
  /** See `Outcome`. */
  endsAccount?: true
}

export type CodeRow = readonly [category: FailureCategory, scope: FailureScope, more?: More]
/** `CodeTable<'unknown'>`: of some codes the provider itself cannot say whether the message was sent. */
export type CodeTable<Other = never> = Readonly<Record<string, CodeRow | Other>>

export type Failed = Extract<Outcome, { status: 'failed' }>

/** The entry of the code, else of the longest family that it belongs to: `RequestLimitExceeded.*`. */
export function meaningOf<T>(table: Readonly<Record<string, T>>, code: string): T | null {
  if (Object.hasOwn(table, code)) return table[code] ?? null
  const families = Object.keys(table).filter((key) => key.endsWith('.*') && `${code}.`.startsWith(key.slice(0, -1)))
  const [nearest] = families.sort((a, b) => b.length - a.length)
  return nearest === undefined ? null : (table[nearest] ?? null)
}

/** `retryAfterMs`: what the answer itself says, where the table has no time. */
export function failureOf(row: CodeRow, code: string, said: string, retryAfterMs?: number): Failed {
  const [category, scope, { says, ...more } = {}] = row
  const detail = [says, said].filter((part) => part !== undefined && part !== '').join(': ')
  return {
    status: 'failed',
    category,
    scope,
    code,
    detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...more,
  }
}

export function brokenBy(meaning: CodeRow | 'unknown', code: string, said: string, retryAfterMs?: number): Broken {
  return meaning === 'unknown'
    ? { status: 'unknown', code, detail: said }
    : failureOf(meaning, code, said, retryAfterMs)
}

/**
 * The failure that a refusal with this code is. A code that the table does not know is still a refusal: nothing was sent,
 * and trying again later does no harm.
 */
export function refusalOf(table: CodeTable, code: string, said: string): Failed {
  return failureOf(meaningOf(table, code) ?? UNKNOWN_CODE, code, said)
}

const UNKNOWN_CODE: CodeRow = ['provider_down', 'message', { says: 'refused with a code that is not in our table' }]
