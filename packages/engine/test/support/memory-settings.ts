import { SETTINGS_DEFAULTS } from '../../src/settings/defaults.ts'
import type { SettingsHistory, SettingsRows, SettingsStore } from '../../src/settings/store.ts'

/** The settings tables in memory, seeded with the defaults. `edit` is an operator with SQL: it may write anything. */
export class MemorySettingsStore implements SettingsStore {
  #rows: SettingsRows = structuredClone({
    threadPools: SETTINGS_DEFAULTS.threadPools.map((row) => ({ ...row })),
    rateLimits: SETTINGS_DEFAULTS.rateLimits.map((row) => ({ ...row, enabled: 1 })),
    system: SETTINGS_DEFAULTS.system.map((row) => ({ ...row })),
    changedAt: {},
    revision: 1,
  })
  reads = 0

  async read(): Promise<SettingsRows> {
    this.reads++
    return structuredClone(this.#rows)
  }

  async revision(): Promise<number> {
    return this.#rows.revision
  }

  /** Only of the present revision. */
  async asOf(wanted: number | null): Promise<SettingsHistory> {
    const { threadPools, rateLimits, system, revision } = structuredClone(this.#rows)
    const tables = { threadPools, rateLimits, system }
    const known = wanted === null || wanted === revision
    return { revision, oldest: revision, now: tables, was: known ? { since: null, tables } : null }
  }

  async writeSystem(key: string, value: string, now: number): Promise<boolean> {
    this.#rows.changedAt[key] = now
    return this.edit('system', { key }, { value }) === 1
  }

  /** Changes the rows that fit `where`; null deletes them. Returns how many there were. */
  edit(
    table: 'threadPools' | 'rateLimits' | 'system',
    where: Record<string, unknown>,
    change: Record<string, unknown> | null,
  ): number {
    const fits = (row: Record<string, unknown>) =>
      Object.entries(where).every(([column, value]) => row[column] === value)
    const found = this.#rows[table].filter(fits)
    if (change) for (const row of found) Object.assign(row, change)
    else this.#rows[table] = this.#rows[table].filter((row) => !fits(row))
    this.#rows.revision++
    return found.length
  }

  add(table: 'threadPools' | 'rateLimits' | 'system', row: Record<string, unknown>): void {
    this.#rows[table].push(row)
    this.#rows.revision++
  }
}
