/** What can be done to one message, and what follows from it. */
import type { BulkAction, MessageRow, MessageState } from '@signalbox/contracts'
import { messagesApi } from './api.ts'

const ACTIONS: Partial<Record<MessageState, readonly BulkAction[]>> = {
  scheduled: ['cancel'],
  queued: ['cancel'],
  failed: ['retry'],
  expired: ['retry'],
  unknown: ['mark_sent', 'mark_failed', 'resend'],
}

export const actionsOn = (state: MessageState): readonly BulkAction[] => ACTIONS[state] ?? []

const DO: Record<BulkAction, (id: number, note: string) => Promise<MessageRow>> = {
  retry: (id) => messagesApi.act(id, 'retry'),
  cancel: (id) => messagesApi.act(id, 'cancel'),
  mark_sent: (id, note) => messagesApi.resolve(id, 'sent', note),
  mark_failed: (id, note) => messagesApi.resolve(id, 'failed', note),
  resend: (id, note) => messagesApi.resolve(id, 'resend', note),
}

export const actOn = (action: BulkAction, id: number, note: string): Promise<MessageRow> => DO[action](id, note)

/** What goes back to the queue may leave again, and is cancelled as long as it has not. */
export const canUndo = (action: BulkAction): boolean => action === 'retry' || action === 'resend'
/** Only these keep a note. */
export const keepsNote = (action: BulkAction): boolean => action.startsWith('mark_')
