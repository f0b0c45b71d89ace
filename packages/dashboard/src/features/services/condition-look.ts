/** How each condition looks: a shape and a tone of its own, beside its word. */
import type { Look } from '../../ui/look.ts'
import type { Condition } from './condition.ts'

/** SVG paths in a 12 × 12 box. */
const RING = 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z'
export const CONDITION_LOOKS: Record<Condition, Look> = {
  active: { tone: 'ok', shape: RING, filled: true },
  trying: { tone: 'warn', shape: 'M6 1.5a4.5 4.5 0 1 0 0 9V1.5Z', filled: true },
  breaker: { tone: 'fail', shape: 'M1 9.5h3L8.5 3M8 9.5h3', filled: false },
  no_quota: { tone: 'warn', shape: 'M2.5 1.5h7L2.5 10.5h7Z', filled: false },
  rate_limit: { tone: 'waiting', shape: `${RING}M6 3.5V6l2 1.5`, filled: false },
  held: { tone: 'warn', shape: `${RING}M6 3.5V6l2 1.5`, filled: false },
  paused: { tone: 'warn', shape: 'M3.5 2v8M8.5 2v8', filled: false },
  draining: { tone: 'moving', shape: 'M6 1.5v7M3 6l3 3 3-3M2 11h8', filled: false },
  disabled: { tone: 'waiting', shape: `${RING}M2.8 9.2l6.4-6.4`, filled: false },
}
