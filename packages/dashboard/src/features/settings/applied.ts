/** Where the newest settings are in force, as it is told. Pure. */
import type { SettingsApplied, SettingsProblem } from '@signalbox/contracts'

export interface AppliedSummary {
  applied: number
  of: number
  /** Until the last of them had it; null while one has not, and where nobody knows. */
  ms: number | null
  /** Names of those that still work by an older version. */
  behind: readonly string[]
  /** What was refused, and where: it may be refused by some only, of another version of the program. */
  refused: readonly { problem: SettingsProblem; by: readonly string[] }[]
}

/** Null where there is one node: what it has is what is shown. */
export function summaryOf({ nodes }: SettingsApplied): AppliedSummary | null {
  if (nodes.length < 2) return null
  const behind = nodes.filter(({ applied_at }) => applied_at === null).map(({ name }) => name)
  const times = nodes.flatMap(({ after_ms }) => (after_ms === null ? [] : [after_ms]))
  const refused = new Map<string, { problem: SettingsProblem; by: string[] }>()
  for (const { name, problems } of nodes) {
    for (const problem of problems) {
      const key = JSON.stringify([problem.table, problem.row, problem.message])
      const known = refused.get(key) ?? { problem, by: [] }
      refused.set(key, { problem, by: [...known.by, name] })
    }
  }
  return {
    ...{ applied: nodes.length - behind.length, of: nodes.length, behind },
    ms: behind.length > 0 || times.length === 0 ? null : Math.max(...times),
    refused: [...refused.values()],
  }
}
