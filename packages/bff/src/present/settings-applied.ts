import type { SettingsApplied } from '@signalbox/contracts'
import type { SettingsApplied as Applied } from '@signalbox/engine'
import type { Instant } from './instant.ts'

export function presentSettingsApplied({ version, since, nodes }: Applied, instant: Instant): SettingsApplied {
  return {
    version,
    since: since === null ? null : instant(since),
    nodes: nodes.map(({ appliedAt, afterMs, problems, ...node }) => ({
      ...node,
      applied_at: appliedAt === null ? null : instant(appliedAt),
      after_ms: afterMs,
      problems: [...problems],
    })),
  }
}
