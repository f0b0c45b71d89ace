import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { TraceNode } from './trace.ts'

export interface StoredTrace {
  nodes: TraceNode[]
  receipts: ReceiptEvent[]
}

/** Nodes are written with the message's result (`MessageStore.settle`); this port reads them. */
export interface TraceStore {
  get(recordId: number): Promise<StoredTrace>
}
