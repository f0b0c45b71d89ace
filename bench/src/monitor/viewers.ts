/** Viewers of the wall in a process of their own: what reaches them, how late, and how many bytes it takes. */
import {
  MONITOR_NAMESPACE,
  type MonitorClientEvents,
  type MonitorRoom,
  type MonitorServerEvents,
} from '@signalbox/contracts'
import { setTimeout } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { answerWith, given } from '../children.ts'
import { quantile } from '../statistics.ts'

export interface ViewersInput {
  url: string
  viewers: number
  rooms: readonly MonitorRoom[]
  settleMs: number
  ms: number
}

export interface ViewersResult {
  connected: number
  /** Between two ticks of the same viewer. */
  intervalP50Ms: number
  intervalP95Ms: number
  intervalMaxMs: number
  /** Ticks that did not follow on the one before. */
  gaps: number
  /** Per viewer, as they came over the wire. */
  bytesPerSecond: number
  /** Largest feed tick, as text. */
  largestFeedBytes: number
}

type Viewer = Socket<MonitorServerEvents, MonitorClientEvents>

const { url, viewers, rooms, settleMs, ms } = await given<ViewersInput>()
await answerWith(async (): Promise<ViewersResult> => {
  const all = await Promise.all(Array.from({ length: viewers }, open))
  await setTimeout(settleMs)
  const intervals: number[] = []
  let gaps = 0
  let largestFeedBytes = 0
  for (const viewer of all) {
    let lastAt: number | null = null
    let lastSeq: number | null = null
    viewer.on('tick', ({ seq, since }) => {
      const now = performance.now()
      if (lastAt !== null) intervals.push(now - lastAt)
      if (lastSeq !== null && since > lastSeq) gaps += 1
      lastAt = now
      lastSeq = seq
    })
  }
  all[0]?.on('feed', (tick) => (largestFeedBytes = Math.max(largestFeedBytes, JSON.stringify(tick).length)))
  const before = all.map(bytesRead)
  await setTimeout(ms)
  const bytes = all.reduce((sum, viewer, i) => sum + bytesRead(viewer) - (before[i] ?? 0), 0)
  const connected = all.filter((viewer) => viewer.connected).length
  for (const viewer of all) viewer.close()
  return {
    ...{ connected, gaps, largestFeedBytes },
    intervalP50Ms: quantile(intervals, 0.5),
    intervalP95Ms: quantile(intervals, 0.95),
    intervalMaxMs: quantile(intervals, 1),
    bytesPerSecond: (bytes / viewers / ms) * 1000,
  }
})

async function open(): Promise<Viewer> {
  const viewer: Viewer = io(url + MONITOR_NAMESPACE, { forceNew: true, transports: ['websocket'] })
  await new Promise<void>((resolve, reject) => {
    viewer.once('connect', resolve)
    viewer.once('connect_error', reject)
  })
  for (const room of rooms) await viewer.emitWithAck('join', room)
  return viewer
}

function bytesRead(viewer: Viewer): number {
  const transport = viewer.io.engine.transport as unknown as { ws: { _socket: { bytesRead: number } | null } }
  return transport.ws._socket?.bytesRead ?? 0
}
