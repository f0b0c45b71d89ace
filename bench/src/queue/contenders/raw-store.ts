import { embedded } from '@signalbox/engine/embedded'
import { removeFolder, temporaryFolder } from '../../temporary-folder.ts'
import type { Contender } from '../contender.ts'
import { acceptWrite, claimWrite, createFreshRecord, settleWrite, type FreshRecord } from './raw-writes.ts'

/**
 * The engine's driver with no engine around it: the same three writes per message, in the same thread and the same group
 * commits, in plain order. What the engine adds (checks, fair order, templates, limits, traces, events) is missing.
 */
export const rawStore: Contender = {
  name: 'our store alone',
  durable: 'yes',
  needs: null,
  packages: ['better-sqlite3'],
  async open() {
    const folder = temporaryFolder()
    let failure: Error | null = null
    const defaults = { threadPools: [], rateLimits: [], system: [] }
    const store = await embedded({ folder }).open({ defaults, onCommitUnknown: (error) => (failure = error) })
    let nextId = 1
    let free = 0
    let handle: () => void = () => undefined
    const waiting: FreshRecord[] = []
    let first = 0

    function pump(): void {
      while (free > 0 && first < waiting.length) {
        free--
        void work(waiting[first++] as FreshRecord)
      }
      if (first === waiting.length) {
        waiting.length = 0
        first = 0
      }
    }

    async function work(fresh: FreshRecord): Promise<void> {
      const claimed = await store.messages.claim(claimWrite(fresh))
      if (claimed.kind !== 'claimed') throw new Error(`expected message ${fresh.id} to be claimed, got ${claimed.kind}`)
      handle()
      await store.messages.settle(settleWrite(claimed.record))
      free++
      pump()
    }

    async function accept(records: FreshRecord[]): Promise<void> {
      await store.messages.accept(acceptWrite(records))
      if (failure) throw failure
      waiting.push(...records)
      pump()
    }

    return {
      enqueue: (body) => accept([createFreshRecord(nextId++, body)]),
      enqueueBulk: (bodies) => accept(bodies.map((body) => createFreshRecord(nextId++, body))),
      async process(handler, concurrency) {
        handle = handler
        free = concurrency
        pump()
      },
      async close() {
        await store.close()
        removeFolder(folder)
      },
    }
  },
}
