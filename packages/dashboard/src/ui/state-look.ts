/** How a message's state looks: a shape of its own and a tone, beside its word. */
import type { MessageState } from '@signalbox/contracts'
import type { Look } from './look.ts'

const RING = 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z'

export const STATE_LOOKS: Record<MessageState, Look> = {
  scheduled: { tone: 'waiting', shape: `${RING}M6 3.5V6l2 1.5`, filled: false },
  queued: { tone: 'waiting', shape: RING, filled: false },
  sending: { tone: 'moving', shape: 'M2.5 1.5 10 6l-7.5 4.5Z', filled: false },
  sent: { tone: 'ok', shape: 'M1.5 6.5 4.5 9.5 10.5 2.5', filled: false },
  delivered: { tone: 'ok', shape: 'M.5 6.5 3 9.5 8 3M6 9.2l.3.3L11.5 3', filled: false },
  read: { tone: 'ok', shape: RING, filled: true },
  failed: { tone: 'fail', shape: 'M2 2l8 8M10 2l-8 8', filled: false },
  expired: { tone: 'warn', shape: 'M2.5 1.5h7L2.5 10.5h7Z', filled: false },
  cancelled: { tone: 'waiting', shape: `${RING}M2.8 9.2l6.4-6.4`, filled: false },
  unknown: {
    tone: 'unknown',
    shape: 'M3.5 4C3.5 2.5 4.6 1.5 6 1.5s2.5 1 2.5 2.4C8.5 5.8 6 5.8 6 7.6M6 9.8v.7',
    filled: false,
  },
}
