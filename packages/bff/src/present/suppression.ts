import type { Suppression } from '@signalbox/contracts'
import type { SuppressionRecord } from '@signalbox/engine'
import { maskRecipient } from './mask.ts'
import type { View } from './view.ts'

export function presentSuppression(record: SuppressionRecord, { instant }: View): Suppression {
  const { id, channel, recipient, purpose, reason, detail, recordId, createdAt } = record
  return {
    ...{ id, channel, purpose, reason, detail },
    recipient: maskRecipient(channel, recipient),
    record_id: recordId,
    created_at: instant(createdAt),
  }
}
