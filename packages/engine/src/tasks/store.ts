import type { MessageState } from '@signalbox/contracts'

export interface TaskRecord {
  id: number
  total: number
  createdAt: number
  firstClaimedAt: number | null
  waitMsSum: number
  waitCount: number
  updatedAt: number
  counts: Partial<Record<MessageState, number>>
}

/** Counted in the transactions that move the messages. */
export interface TaskStore {
  get(id: number): Promise<TaskRecord | null>
}
