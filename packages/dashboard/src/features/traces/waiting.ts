/** What holds a message, as the screen says it: by keys of the language files and their figures. Pure. */
import type { Rank, WaitReason } from '@signalbox/contracts'
import { formatCount } from '../../lib/number.ts'
import { formatDuration, type Language } from '../../lib/time.ts'

export interface Phrase {
  key: string
  values: Record<string, string>
}

/** What it is, in a few words. */
export function titleOf({ reason, holds }: WaitReason): string {
  if (reason === 'paused' && holds === 'queue') return 'pausedQueue'
  return reason === 'rate_limit' && holds === 'message' ? 'recipientLimit' : reason
}

/** More about it; null when the title says it all, or the top of the trace does. */
export function factOf({ rule, workers }: WaitReason, language: Language): Phrase | null {
  if (rule) {
    const window = formatDuration(rule.window_seconds * 1000, language)
    const values = { max: formatCount(rule.max_value), window, resource: rule.resource }
    return { key: `rule.${rule.limit_type}`, values }
  }
  if (!workers || workers.active_count === 0) return null
  return { key: 'workers', values: { active: formatCount(workers.active_count), size: formatCount(workers.pool_size) } }
}

/** What leaves before it, part by part, without those that are none. */
export function partsOf({ higher, turns, lane }: Rank): Phrase[] {
  const parts: [string, number][] = [
    ['higher', higher],
    ['turns', turns],
    ['lane', lane],
  ]
  return parts
    .filter(([, count]) => count > 0)
    .map(([part, count]) => ({ key: `rank.${part}`, values: { count: formatCount(count) } }))
}
