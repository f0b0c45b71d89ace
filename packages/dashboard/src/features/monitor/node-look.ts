import type { Node } from '@signalbox/contracts'
import type { Look } from '../../ui/look.ts'

const RING = 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z'

export const NODE_LOOKS: Record<Node['state'], Look> = {
  ok: { tone: 'ok', shape: 'M6 2.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6Z', filled: true },
  silent: { tone: 'fail', shape: 'M6 1 11.3 10.6H.7ZM6 4.5v3', filled: false },
  gone: { tone: 'muted', shape: `${RING}M2.8 9.2l6.4-6.4`, filled: false },
}

export const LINK_LOOKS: Record<'up' | 'away', Look> = {
  up: { tone: 'ok', shape: 'M1.5 6.5 4.5 9.5 10.5 2.5', filled: false },
  away: { tone: 'fail', shape: 'M2 2l8 8M10 2l-8 8', filled: false },
}
