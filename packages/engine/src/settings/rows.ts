/**
 * One reading of the three tables, checked row by row. A row that is wrong changes nothing: what was in force before
 * stays in force for it. Pure.
 */
import {
  rateLimitConfigSchema,
  threadPoolConfigSchema,
  type RateLimitConfig,
  type SettingsProblem,
  type ThreadPoolConfig,
} from '@signalbox/contracts'
import { describe, issue } from '../errors.ts'
import type { SettingsRows } from './store.ts'
import { checkValue, disagreements, textOf, type SystemTexts } from './values.ts'

/** What is in force. */
export interface SettingsState {
  texts: SystemTexts
  /** Epoch ms of the last change of a text, by its key. */
  changedAt: Readonly<Record<string, number>>
  threadPools: readonly ThreadPoolConfig[]
  rateLimits: readonly RateLimitConfig[]
}

export interface CheckedRows {
  state: SettingsState
  problems: SettingsProblem[]
}

export function checkRows(rows: SettingsRows, before: SettingsState, defaults: SettingsState): CheckedRows {
  const problems: SettingsProblem[] = []
  return {
    state: {
      texts: checkSystem(rows.system, before.texts, defaults.texts, problems),
      changedAt: rows.changedAt,
      threadPools: checkThreadPools(rows.threadPools, before.threadPools, defaults.threadPools, problems),
      rateLimits: checkRateLimits(rows.rateLimits, before.rateLimits, problems),
    },
    problems,
  }
}

type Row = Record<string, unknown>

/** A key without a row has its default. */
function checkSystem(
  rows: readonly Row[],
  before: SystemTexts,
  defaults: SystemTexts,
  problems: SettingsProblem[],
): SystemTexts {
  const refuse = (row: string, message: string) => problems.push({ table: 'system_config', row, message })
  const texts = new Map(defaults)
  const last = (key: string) => before.get(key) ?? defaults.get(key) ?? ''
  for (const row of rows) {
    const key = nameOf(row.key)
    const found = checkValue(key, row.value)
    if (found) refuse(key, found.message)
    if (defaults.has(key)) texts.set(key, found ? last(key) : (textOf(row.value) ?? ''))
  }
  for (const { keys, issue: found } of disagreements(texts)) {
    for (const key of keys) texts.set(key, last(key))
    refuse(found.path, found.message)
  }
  return texts
}

/** A pool that the engine runs has its default when its row is gone. */
function checkThreadPools(
  rows: readonly Row[],
  before: readonly ThreadPoolConfig[],
  defaults: readonly ThreadPoolConfig[],
  problems: SettingsProblem[],
): ThreadPoolConfig[] {
  const pools = new Map(defaults.map((pool) => [pool.pool_name, pool]))
  for (const row of rows) {
    const name = nameOf(row.pool_name)
    const checked = threadPoolConfigSchema.safeParse(row)
    const last = before.find((pool) => pool.pool_name === name)
    if (checked.success) pools.set(name, checked.data)
    else if (last) pools.set(name, last)
    if (!checked.success)
      problems.push({ table: 'thread_pool_configs', row: name, message: messageOf(checked.error.issues, row) })
  }
  return [...pools.values()]
}

/** A rule without a row is no longer in force, unless a wrong row of its resource may be what became of it. */
function checkRateLimits(
  rows: readonly Row[],
  before: readonly RateLimitConfig[],
  problems: SettingsProblem[],
): RateLimitConfig[] {
  const rules = new Map<string, RateLimitConfig>()
  const doubtful = new Set<string>()
  for (const row of rows) {
    const checked = rateLimitConfigSchema.safeParse(row)
    if (checked.success) {
      rules.set(ruleKey(checked.data), checked.data)
      continue
    }
    doubtful.add(nameOf(row.resource))
    const name = `${nameOf(row.resource)} ${nameOf(row.limit_type)}`
    problems.push({ table: 'rate_limit_configs', row: name, message: messageOf(checked.error.issues, row) })
  }
  for (const last of before) {
    if (doubtful.has(last.resource) && !rules.has(ruleKey(last))) rules.set(ruleKey(last), last)
  }
  // In one order, so that refusing a row does not look like a change.
  return [...rules].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule)
}

function ruleKey(rule: RateLimitConfig): string {
  return `${rule.resource} ${rule.limit_type}`
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : describe(value)
}

/** The parts of a schema's issue that its text is made of. */
interface SchemaIssue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly expected?: unknown
  readonly values?: readonly unknown[]
  readonly minimum?: unknown
  readonly maximum?: unknown
}

function messageOf(issues: readonly object[], row: Row): string {
  return (issues as readonly SchemaIssue[]).map((each) => told(each, row)).join('; ')
}

function told(found: SchemaIssue, row: Row): string {
  const field = String(found.path[0] ?? 'row')
  const expected = expectedBy(found)
  return expected === null ? found.message : issue(field, expected, row[field]).message
}

function expectedBy(found: SchemaIssue): string | null {
  switch (found.code) {
    case 'too_small':
      return `at least ${String(found.minimum)}`
    case 'too_big':
      return `at most ${String(found.maximum)}`
    case 'invalid_type':
      return found.expected === 'int' ? 'an integer' : `a ${String(found.expected)}`
    case 'invalid_value':
      return (found.values ?? []).join(' or ')
    case 'invalid_union':
      return 'true, false, 0 or 1'
    default:
      return null
  }
}
