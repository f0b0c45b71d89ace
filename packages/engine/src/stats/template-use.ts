/** How much each template is used and how that goes: from rollups, read again after a while however many ask. */
import type { Clock } from '../clock.ts'
import type { TemplateUse } from './stats.ts'
import type { StatsStore } from './store.ts'
import { countsOf } from './tally.ts'

const HOUR_MS = 3_600_000
const WINDOW_MS = 7 * 24 * HOUR_MS
const KEPT_MS = 10_000

export function createTemplateUse(store: Pick<StatsStore, 'templates'>, clock: Clock): () => Promise<TemplateUse> {
  let last: { at: number; use: Promise<TemplateUse> } | null = null

  async function read(now: number): Promise<TemplateUse> {
    const since = now - WINDOW_MS - ((now - WINDOW_MS) % HOUR_MS)
    const templates = await store.templates(since)
    return { since, templates: templates.map(({ counts, ...rest }) => ({ ...rest, counts: countsOf(counts) })) }
  }

  return () => {
    const now = clock.now()
    if (last && now >= last.at && now - last.at < KEPT_MS) return last.use
    const use = read(now)
    last = { at: now, use }
    use.catch(() => (last = null))
    return use
  }
}
