/** Tells the other nodes what came into inboxes through this one, and what was read, and hears it of them. */
import type { Bus, Clock } from '@signalbox/engine'
import { z } from 'zod'

export const INBOX_TOPIC = 'inbox'

/** What comes in quick succession travels as one. */
const BEAT_MS = 20

const seq = z.int().positive()
const noticeSchema = z.object({
  lease: z.int().nonnegative(),
  /** The newest of each user. */
  put: z.array(z.tuple([z.string(), seq])),
  read: z.array(z.tuple([z.string(), z.array(seq)])),
})

export interface Relay {
  put(user: string, upTo: number): void
  read(user: string, seqs: readonly number[]): void
  close(): void
}

export interface RelayDeps {
  bus: Bus
  lease: number
  clock: Pick<Clock, 'after'>
  onPut(user: string, upTo: number): void
  onRead(user: string, seqs: readonly number[]): void
}

export function createRelay({ bus, lease, clock, onPut, onRead }: RelayDeps): Relay {
  let put = new Map<string, number>()
  let read = new Map<string, number[]>()
  let cancel: (() => void) | null = null

  function tell(): void {
    cancel = null
    bus.publish(INBOX_TOPIC, { lease, put: [...put], read: [...read] })
    put = new Map()
    read = new Map()
  }

  const off = bus.subscribe(INBOX_TOPIC, (payload) => {
    const { data } = noticeSchema.safeParse(payload)
    if (!data || data.lease === lease) return
    for (const [user, upTo] of data.put) onPut(user, upTo)
    for (const [user, seqs] of data.read) onRead(user, seqs)
  })

  return {
    put(user, upTo) {
      put.set(user, Math.max(upTo, put.get(user) ?? 0))
      cancel ??= clock.after(BEAT_MS, tell)
    },
    read(user, seqs) {
      read.set(user, [...(read.get(user) ?? []), ...seqs])
      cancel ??= clock.after(BEAT_MS, tell)
    },
    close() {
      cancel?.()
      off()
    },
  }
}
