/** What title and icon of the tab say, so that it is seen without being looked at. */
import type { Link } from '../api/socket.ts'

/** `past`: the screen shows an earlier moment. */
export type PageState = 'ok' | 'alert' | 'disconnected' | 'past'

export interface PageFacts {
  link: Link
  /** The server should be there and no figures come. */
  silent: boolean
  /** Alerts that fire and that nobody has acknowledged. */
  alerts: number
  rewound: boolean
}

export function pageStateOf({ link, silent, alerts, rewound }: PageFacts): PageState {
  if (link === 'disconnected' || silent) return 'disconnected'
  if (alerts > 0) return 'alert'
  return rewound ? 'past' : 'ok'
}

/** Each differs from the others by its shape as well as its colour. */
export const ICONS: Record<PageState, string> = {
  ok: '/favicon.svg',
  alert: '/favicon-alert.svg',
  disconnected: '/favicon-disconnected.svg',
  past: '/favicon.svg',
}
