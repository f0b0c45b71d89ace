import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { Channel, TraceNodeName } from '@signalbox/contracts'
import type { TraceNode } from './trace.ts'

export interface StoredTrace {
  nodes: TraceNode[]
  receipts: ReceiptEvent[]
}

/** Nodes are written with the message's result (`MessageStore.settle`); this port reads them. */
export interface TraceStore {
  get(recordId: number): Promise<StoredTrace>
  /**
   * How long the stages took that ended well, ms, in no order, of messages of the channel accepted from (inclusive) to
   * (exclusive): all, or of many a sample spread evenly over the time. A callback lasts until its first receipt.
   */
  durations(channel: Channel, from: number, to: number): Promise<Record<TraceNodeName, number[]>>
}
