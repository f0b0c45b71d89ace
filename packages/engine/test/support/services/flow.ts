/** One way of a connection: what arrives at one socket goes to another as the network lets it. */
import type { Socket } from 'node:net'

export type Flow = 'free' | 'held' | { delayMs: number } | { bytesPerSecond: number }

export interface Way {
  /** The network is another now. */
  change(): void
  /** Sees what is about to pass; false: it does not. */
  onPassing(look: (bytes: Buffer) => boolean): void
}

/** What a network holds before whoever sends has to wait. */
const HOLDS_BYTES = 256 * 1024

/** With a RST, so that its side sees an error and no end; sockets of a file have none. */
export function resetSocket(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
}

/** @param filter what becomes of bytes that pass; called without any when the network has changed */
export function flowOf(
  from: Socket,
  to: Socket,
  flow: () => Flow,
  filter: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Way {
  const waiting: { bytes: Buffer; at: number }[] = []
  /** How it ended: in order, or by a reset. */
  let end: 'fin' | 'reset' | null = null
  let timer: NodeJS.Timeout | null = null
  const looks: ((bytes: Buffer) => boolean)[] = []

  from.on('data', (bytes: Buffer) => {
    waiting.push({ bytes, at: performance.now() })
    if (held() > HOLDS_BYTES) from.pause()
    pump()
  })
  from.on('end', () => {
    end ??= 'fin'
    pump()
  })
  from.on('error', () => {
    end = 'reset'
    pump()
  })
  from.on('close', () => {
    end ??= 'reset'
    pump()
  })
  to.on('drain', pump)

  const held = () => waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)

  function pump(): void {
    if (timer) clearTimeout(timer)
    timer = null
    const now = flow()
    if (now === 'held') return
    if (now === 'free') while (waiting.length > 0) pass(waiting.shift()?.bytes)
    else if ('delayMs' in now) pumpLate(now.delayMs)
    else pumpSlowly(now.bytesPerSecond)
    if (held() <= HOLDS_BYTES) from.resume()
    if (waiting.length > 0 || end === null) return
    if (end === 'fin') to.end()
    else resetSocket(to)
  }

  function pumpLate(delayMs: number): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const left = next.at + delayMs - performance.now()
      if (left > 0) return again(left)
      waiting.shift()
      pass(next.bytes)
    }
  }

  function pumpSlowly(bytesPerSecond: number): void {
    const [next] = waiting
    if (!next) return
    const dueIn = next.at + 1000 / bytesPerSecond - performance.now()
    if (dueIn > 0) return again(dueIn)
    pass(next.bytes.subarray(0, 1))
    next.bytes = next.bytes.subarray(1)
    next.at = performance.now()
    if (next.bytes.length === 0) waiting.shift()
    const [after] = waiting
    if (after) after.at = performance.now()
    if (after) again(1000 / bytesPerSecond)
  }

  function again(ms: number): void {
    timer = setTimeout(pump, ms)
    timer.unref()
  }

  function pass(bytes: Buffer | undefined): void {
    if (!bytes || !looks.every((look) => look(bytes)) || to.destroyed) return
    const left = filter(bytes)
    if (left.length > 0) to.write(left)
  }

  return {
    change() {
      pass(Buffer.alloc(0))
      pump()
    },
    onPassing: (look) => void looks.push(look),
  }
}
