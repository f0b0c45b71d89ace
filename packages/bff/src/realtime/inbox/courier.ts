/**
 * Brings a device what is in its user's inbox, in order: one batch at a time, the next when that one is acknowledged. So a
 * device that does not read costs one batch of memory, and what it has acknowledged is all that came before.
 *
 * What was handed over and not acknowledged stands where it stood: the device asks for it again when it comes back.
 */
import type { InboxPage } from '@signalbox/engine'

export interface CourierOptions {
  /** The last seq that the device has. */
  since: number
  /** What comes after. */
  read(since: number): Promise<InboxPage> | InboxPage
  /** Gives the device a batch; `since` is the last seq that it has acknowledged. */
  hand(since: number, page: InboxPage): void
  /** The device has everything up to there; on disk when it settles. One call at a time. */
  taken(upTo: number): Promise<void>
  /** A batch was not acknowledged within its time. */
  onSilence(): void
  /** A read or a write failed: the device has to come again. What it asks for then says what it has. */
  onError(error: unknown): void
  after(ms: number, fn: () => void): () => void
}

export interface Courier {
  /** There is something up to this seq. */
  wake(lastSeq: number): void
  /** False when the device was never given so much. */
  acknowledge(upTo: number): boolean
  close(): void
}

export function createCourier(options: CourierOptions): Courier {
  const { read, hand, taken, onError } = options
  /** The device says that it has all of this; as far as it was handed; as far as there is something. */
  let acknowledged = options.since
  let handed = options.since
  let wanted = options.since
  /** Since the last look. */
  let woken = false
  /** The batch that is with the device. */
  let awaiting: { upTo: number; cancel: () => void } | null = null
  let reading = false
  let writing = false
  let written = 0
  let closed = false

  async function bring(): Promise<void> {
    if (reading || awaiting || closed) return
    reading = true
    try {
      while (!closed && wanted > handed) {
        woken = false
        const page = await read(handed)
        if (closed) return
        wanted = Math.max(wanted, page.lastSeq)
        // Nothing more to be had for now, unless it came while this was read.
        if (page.upTo <= handed && !woken) return
        handed = page.upTo
        if (page.entries.length > 0) return give(page)
      }
    } catch (error) {
      onError(error)
    } finally {
      reading = false
    }
  }

  function give(page: InboxPage): void {
    const timeoutMs = Math.max(...page.entries.map(({ ackTimeoutMs }) => ackTimeoutMs))
    awaiting = { upTo: page.upTo, cancel: options.after(timeoutMs, options.onSilence) }
    hand(acknowledged, page)
  }

  /** While one is being written, the next are gathered. */
  async function write(): Promise<void> {
    if (writing) return
    writing = true
    try {
      while (written < acknowledged) {
        const upTo = acknowledged
        await taken(upTo)
        written = upTo
      }
    } catch (error) {
      onError(error)
    } finally {
      writing = false
    }
  }

  void write()

  return {
    wake(lastSeq) {
      wanted = Math.max(wanted, lastSeq)
      woken = true
      void bring()
    },
    acknowledge(upTo) {
      if (upTo > handed) return false
      acknowledged = Math.max(acknowledged, upTo)
      void write()
      if (awaiting && upTo >= awaiting.upTo) {
        awaiting.cancel()
        awaiting = null
        void bring()
      }
      return true
    },
    close() {
      closed = true
      awaiting?.cancel()
    },
  }
}
