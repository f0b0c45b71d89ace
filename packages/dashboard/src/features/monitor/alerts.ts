/** Alerts as the ribbon tells them; words and formats are the component's. */
import type { Alert, AlertState } from '@signalbox/contracts'

/** The pool that sends; of the others only what is not quiet is worth a place on the wall. */
export const MAIN_POOL = 'message_sender'

/** What needs a person first: fires and nobody has it, fires, is about to, is over, is quiet. */
export function byUrgency(alerts: readonly Alert[]): Alert[] {
  return alerts.filter(isShown).sort((a, b) => urgencyOf(a) - urgencyOf(b))
}

function isShown({ state, subject }: Alert): boolean {
  return state !== 'ok' || subject === null || subject === MAIN_POOL
}

const URGENCY: Record<AlertState, number> = { firing: 0, pending: 2, resolved: 3, ok: 4 }
function urgencyOf({ state, acknowledgement }: Alert): number {
  return state === 'firing' && acknowledgement ? 1 : URGENCY[state]
}

/** Those that fire and that nobody has. */
export function unclaimed(alerts: readonly Alert[]): Alert[] {
  return alerts.filter(({ state, acknowledgement }) => state === 'firing' && !acknowledgement)
}

export interface AlertChange {
  alert: Alert
  event: 'firing' | 'resolved' | 'acknowledged' | 'lapsed'
}

/** What changed between two looks at the alerts and is worth saying aloud; figures alone are not. */
export function changesOf(before: readonly Alert[], after: readonly Alert[]): AlertChange[] {
  const known = new Map(before.map((alert) => [alert.id, alert]))
  return after.flatMap((alert) => {
    const earlier = known.get(alert.id)
    const event = eventOf(earlier, alert)
    return event ? [{ alert, event }] : []
  })
}

function eventOf(before: Alert | undefined, after: Alert): AlertChange['event'] | null {
  if (after.state === 'firing' && before?.state !== 'firing') return 'firing'
  if (before?.state === 'firing' && after.state !== 'firing') return 'resolved'
  if (after.state !== 'firing' || !before) return null
  if (after.acknowledgement && !before.acknowledgement) return 'acknowledged'
  return !after.acknowledgement && before.acknowledgement ? 'lapsed' : null
}
