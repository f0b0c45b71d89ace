import type { AlertTransition } from '@signalbox/contracts'
import type { Fence } from '../lock/lock.ts'
import type { AlarmState } from './machine.ts'

/** Epoch ms. */
export interface AcknowledgementRecord {
  by: string
  note: string | null
  at: number
  until: number
}

/** An alarm as it is kept over a restart. */
export interface StoredAlert {
  id: string
  state: AlarmState['state']
  since: number
  worst: number | null
  acknowledgement: AcknowledgementRecord | null
}

export interface AlertEventRecord {
  alert: string
  event: AlertTransition['event']
  at: number
  figure: number | null
  threshold: number
  by: string | null
  note: string | null
}

/** Alarms that are not `ok`, and the last 1,000 things that happened to any. */
export interface AlertStore {
  load(): Promise<StoredAlert[]>
  /**
   * Keeps the alarm as it stands (one that is `ok` is forgotten) and what happened to it, if anything, in one write. What
   * a person did stands in the audit log too. False, and nothing was written, when the fence is stale.
   */
  write(alert: StoredAlert, event: AlertEventRecord | null, fence?: Fence): Promise<boolean>
  /** Newest first. */
  history(limit: number): Promise<AlertEventRecord[]>
}
