/** How a step's status looks: a glyph of its own and a tone, beside its word. */
import type { TraceNodeStatus } from '@signalbox/contracts'
import type { Tone } from '../../ui/look.ts'

export const NODE_LOOKS: Record<TraceNodeStatus, { glyph: string; tone: Tone }> = {
  waiting: { glyph: '◔', tone: 'waiting' },
  running: { glyph: '▸', tone: 'moving' },
  succeeded: { glyph: '✓', tone: 'ok' },
  failed: { glyph: '✕', tone: 'fail' },
  unknown: { glyph: '?', tone: 'unknown' },
  pending: { glyph: '…', tone: 'waiting' },
  none: { glyph: '–', tone: 'waiting' },
  cancelled: { glyph: '⊘', tone: 'waiting' },
  expired: { glyph: '⌛', tone: 'warn' },
}
