import type { Alert, AlertTransition } from '@signalbox/contracts'
import type { AlertEventRecord, Alert as AlertRecord } from '@signalbox/engine'
import type { View } from './view.ts'

export function presentAlert(alert: AlertRecord, { instant }: Pick<View, 'instant'>): Alert {
  const { id, rule, subject, state, since, figure, worst, threshold, bad, unit, windowMs, sample, minSample } = alert
  const { acknowledgement: ack } = alert
  return {
    ...{ id, rule, subject, state, since: instant(since), figure, worst, threshold, bad, unit },
    ...{ window_ms: windowMs, sample, min_sample: minSample },
    acknowledgement: ack && { by: ack.by, note: ack.note, at: instant(ack.at), until: instant(ack.until) },
  }
}

export function presentTransition(event: AlertEventRecord, { instant }: Pick<View, 'instant'>): AlertTransition {
  return { ...event, at: instant(event.at) }
}
