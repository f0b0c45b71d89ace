/** Whether a search with that filter finds a message, decided from its record alone. */
import type { MessageState } from '@signalbox/contracts'
import { timeOfId, type BulkFilter, type MessageRecord } from '@signalbox/engine'

/** As the store has it: others carry no error. */
const WITH_ERROR: readonly MessageState[] = ['failed', 'unknown', 'expired', 'queued']

export function fitsFilter(filter: BulkFilter, record: MessageRecord): boolean {
  const { status, error, from, to } = filter
  const states: readonly MessageState[] | undefined = typeof status === 'string' ? [status] : status
  if (states && !states.includes(record.state)) return false
  for (const key of ['channel', 'recipient', 'templateId', 'taskId', 'serviceId'] as const) {
    if (filter[key] !== undefined && filter[key] !== record[key]) return false
  }
  const acceptedAt = timeOfId(record.id)
  if ((from !== undefined && acceptedAt < from) || (to !== undefined && acceptedAt >= to)) return false
  return error === undefined || hasError(record, error)
}

function hasError({ state, errorCode, errorMessage }: MessageRecord, error: string): boolean {
  if (!WITH_ERROR.includes(state)) return false
  return errorCode === error || (errorMessage ?? '').toLowerCase().includes(error.toLowerCase())
}
