/** Viewers that lose their server and come back when it told them to. Answers when all are back. */
import { comeBackLaterSchema, MONITOR_NAMESPACE, type MonitorServerEvents } from '@signalbox/contracts'
import { io, type Socket } from 'socket.io-client'
import { answerWith, given } from '../children.ts'
import { mostWithin } from './slope.ts'

export interface ReturningInput {
  url: string
  viewers: number
}
export interface ReturningResult {
  /** Connections that the server took in, in the busiest second. */
  busiestSecond: number
  /** From the first to the last. */
  tookMs: number
}

/** A server that is not up yet is tried again after twice the time, up to this and twice this, drawn per viewer. */
const LAST_MS = 4_000

const { url, viewers } = await given<ReturningInput>()
await answerWith(
  () =>
    new Promise<ReturningResult>((resolve) => {
      const back: number[] = []
      for (let i = 0; i < viewers; i++) {
        follow(io(url + MONITOR_NAMESPACE, { forceNew: true, reconnection: false, transports: ['websocket'] }), () => {
          back.push(performance.now())
          if (back.length < viewers) return
          resolve({ busiestSecond: mostWithin(back, 1000), tookMs: Math.max(...back) - Math.min(...back) })
        })
      }
    }),
)

function follow(viewer: Socket<MonitorServerEvents>, onReturn: () => void): void {
  const longestMs = LAST_MS * (1 + Math.random())
  let returnInMs = 0
  let tries = 0
  let lost = false
  const come = () => setTimeout(() => viewer.connect(), Math.min(returnInMs * 2 ** tries++, longestMs))
  viewer.on('hello', ({ reconnect_in_ms: ms }) => (returnInMs = ms))
  viewer.on('bye', ({ reconnect_in_ms: ms }) => (returnInMs = ms))
  viewer.on('connect', () => {
    if (lost) onReturn()
  })
  viewer.on('disconnect', () => {
    lost = true
    tries = 0
    come()
  })
  viewer.on('connect_error', (error) => {
    const full = comeBackLaterSchema.safeParse('data' in error ? error.data : undefined)
    if (full.success) setTimeout(() => viewer.connect(), full.data.come_back_in_ms)
    else come()
  })
}
