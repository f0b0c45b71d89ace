import type { RateLimitConfig, SettingsProblem, ThreadPoolConfig } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { describe, EngineError, issue } from '../errors.ts'
import type { Events } from '../events.ts'
import { SETTINGS_DEFAULTS } from './defaults.ts'
import { checkRows, type SettingsState } from './rows.ts'
import type { SettingsRows, SettingsStore, SettingsTables } from './store.ts'
import { checkValue, DEFAULT_TEXTS, disagreements, valuesOf, type SettingsValues } from './values.ts'

export type { SettingsValues } from './values.ts'

/**
 * Running settings as they are in force. A row that is wrong, or two that do not fit together, change nothing: the last
 * good values stay, and `problems` names the row as long as it stands. Until the first `refresh` the defaults apply.
 */
export interface Settings {
  readonly values: SettingsValues
  /** The tables' revision that is in force; 0 before the first `refresh`. */
  readonly version: number
  readonly problems: readonly SettingsProblem[]
  /** Epoch ms at which the value of a key was last changed, by whomever; null when it never was. */
  changedAt(key: string): number | null
  threadPool(name: string): ThreadPoolConfig | undefined
  readonly threadPools: readonly ThreadPoolConfig[]
  readonly rateLimits: readonly RateLimitConfig[]
  /**
   * Reads the tables again when their revision moved. Emits `settings:changed` when that changed what is in force, and
   * `settings:refused` for each problem that was not there before; `settings:applied` in any case.
   */
  refresh(): Promise<void>
  /**
   * The tables at a version (default: the present one) and as they stand now. What was refused is among them.
   * @throws EngineError `settings_version_not_found` when it is older than what is kept, or has not come yet
   */
  asOf(version?: number): Promise<SettingsAt>
  /** Throws `EngineError('invalid')` on an unknown key or a value out of range. In force when it settles. */
  set(key: string, value: string): Promise<void>
}

export interface SettingsAt {
  version: number
  /** Epoch ms at which it came; null when nobody knows any more. */
  since: number | null
  currentVersion: number
  was: SettingsTables
  now: SettingsTables
}

export interface SettingsDeps {
  store: SettingsStore
  events: Events
  clock: Clock
}

const DEFAULTS: SettingsState = {
  texts: DEFAULT_TEXTS,
  changedAt: {},
  threadPools: SETTINGS_DEFAULTS.threadPools,
  rateLimits: SETTINGS_DEFAULTS.rateLimits,
}

export function createSettings({ store, events, clock }: SettingsDeps): Settings {
  let state = DEFAULTS
  let values = valuesOf(state.texts)
  let version = 0
  let problems: readonly SettingsProblem[] = []
  let lastRead: number | null = null
  let refreshing = Promise.resolve()

  async function readIfMoved(): Promise<void> {
    if ((await store.revision()) !== lastRead) apply(await store.read())
  }

  function apply(rows: SettingsRows): void {
    const checked = checkRows(rows, state, DEFAULTS)
    const changed = fingerprint(checked.state) !== fingerprint(state)
    const known = new Set(problems.map(problemKey))
    const fresh = checked.problems.filter((problem) => !known.has(problemKey(problem)))
    state = checked.state
    values = valuesOf(state.texts)
    version = lastRead = rows.revision
    problems = checked.problems
    if (changed) events.emit('settings:changed', { version })
    for (const problem of fresh) events.emit('settings:refused', problem)
    events.emit('settings:applied', { version })
  }

  /** One after the other, so that an older reading never overwrites a newer one. */
  function refresh(): Promise<void> {
    const next = refreshing.then(readIfMoved)
    refreshing = next.catch(() => undefined)
    return next
  }

  return {
    get values() {
      return values
    },
    get version() {
      return version
    },
    get problems() {
      return problems
    },
    get threadPools() {
      return state.threadPools
    },
    get rateLimits() {
      return state.rateLimits
    },
    changedAt: (key) => state.changedAt[key] ?? null,
    threadPool: (name) => state.threadPools.find((pool) => pool.pool_name === name),
    refresh,

    async asOf(wanted) {
      const { revision, oldest, now, was } = await store.asOf(wanted ?? null)
      if (was) {
        const { since, tables } = was
        return { version: wanted ?? revision, since, currentVersion: revision, was: tables, now }
      }
      throw new EngineError(
        'settings_version_not_found',
        `expected a settings version from ${oldest} to ${revision}, got ${describe(wanted)}`,
      )
    },

    async set(key, value) {
      const texts = new Map(state.texts).set(key, value.trim())
      const found = checkValue(key, value) ?? disagreements(texts)[0]?.issue
      if (found) throw new EngineError('invalid', found.message, { issues: [found] })
      if (!(await store.writeSystem(key, value.trim(), clock.now()))) {
        const missing = issue('key', 'a row of system_config', key)
        throw new EngineError('invalid', missing.message, { issues: [missing] })
      }
      await refresh()
    },
  }
}

function problemKey(problem: SettingsProblem): string {
  return JSON.stringify([problem.table, problem.row, problem.message])
}

function fingerprint(state: SettingsState): string {
  return JSON.stringify([[...state.texts], state.threadPools, state.rateLimits])
}
