/** The filters of the list, as the address and the API write them. Pure. */
import { CHANNELS, SUPPRESSION_REASONS } from '@signalbox/contracts'

const NAMES = ['channel', 'reason', 'recipient', 'id'] as const
export type SuppressionFilters = Partial<Record<(typeof NAMES)[number], string>>

const FITS: Record<(typeof NAMES)[number], (text: string) => boolean> = {
  channel: (text) => (CHANNELS as readonly string[]).includes(text),
  reason: (text) => (SUPPRESSION_REASONS as readonly string[]).includes(text),
  recipient: () => true,
  /** One alone: where the trace of a message that it stopped leads. */
  id: (text) => /^[1-9]\d{0,14}$/.test(text),
}

/** Anything that is no filter is left out rather than refused: an old address still opens the list. */
export function filtersOf(query: Record<string, unknown>): SuppressionFilters {
  const filters: SuppressionFilters = {}
  for (const name of NAMES) {
    const text = query[name]
    if (typeof text === 'string' && text.trim() !== '' && FITS[name](text)) filters[name] = text.trim()
  }
  return filters
}
