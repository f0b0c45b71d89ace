/** A window over a store that answers when it is told to, and what is done with both. */
import { vi } from 'vitest'
import { createFairWindow, type FairWindow } from '../../src/queue/fair-window.ts'
import type { Entry } from '../../src/queue/store.ts'
import { QueueModel, takeOne } from './queue-model.ts'

export function openWindow(): { window: FairWindow; store: QueueModel; onReady: () => void } {
  const store = new QueueModel()
  const onReady = vi.fn<() => void>()
  const window = createFairWindow({
    store,
    onReady,
    onError: (error) => {
      throw error
    },
  })
  return { window, store, onReady }
}

export function entry(id: number, lane = 'sms/a', priority = 5): Entry {
  return { queue: 'message.send', priority, lane, id }
}

/** As accepting does: resident where there is room, else with an entry in the store. */
export function accept(window: FairWindow, store: QueueModel, entries: readonly Entry[]): void {
  const resident = window.reserve(entries)
  for (const each of entries) {
    if (resident) store.residents.set(each.id, each)
    else store.add(each)
    window.push(each)
  }
}

/** Takes until nothing is left and gives what could be claimed, with every answer of the store let through. */
export async function drain(window: FairWindow, store: QueueModel): Promise<Entry[]> {
  const taken: Entry[] = []
  for (;;) {
    await store.settle()
    const next = takeOne(window)
    if (!next) return taken
    if (store.remove(next)) taken.push(next)
    window.release(next)
  }
}
