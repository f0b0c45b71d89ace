import type { InboxPort } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import type { Events } from '../events.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { InboxNews, InboxPage, InboxStore } from './store.ts'

/**
 * The inboxes of users, for whoever speaks to their devices. Listen to `inbox:put` before the first page is asked for: then
 * nothing comes between the two.
 */
export interface Inbox {
  /** What came after `since`, at most `limit` entries. */
  after(user: string, since: number, limit: number): Promise<InboxPage>
  /** What another node may have written of these: its events come to that node alone. */
  news(users: readonly string[], readSince: number): Promise<InboxNews[]>
  /** A device has taken everything up to there. On disk when it settles; asked again it changes nothing. */
  delivered(user: string, upTo: number, device: string): Promise<void>
  /** Those of `seqs` that were not read before. */
  read(user: string, seqs: readonly number[], device: string): Promise<number[]>
}

export interface InboxParts {
  inbox: Inbox
  /** For adapters. */
  port: InboxPort
  expire(): Promise<void>
}

/** Removed in one transaction. */
const BATCH = 500

export function createInbox(deps: {
  store: InboxStore
  clock: Clock
  events: Pick<Events, 'emit'>
  changed: (record: MessageRecord) => void
}): InboxParts {
  const { store, clock, events } = deps
  const tell = (moved: readonly MessageRecord[]): void => {
    for (const record of moved) deps.changed(record)
  }
  return {
    inbox: {
      after: (user, since, limit) => store.after(user, since, limit, clock.now()),
      news: (users, readSince) => store.news(users, readSince),
      async delivered(user, upTo, device) {
        tell(await store.delivered(user, upTo, device, clock.now()))
      },
      async read(user, seqs, device) {
        const done = await store.read(user, seqs, device, clock.now())
        tell(done.moved)
        return done.seqs
      },
    },
    port: {
      async put(entry) {
        const put = await store.put(entry, clock.now())
        tell(put.moved)
        if (!put.repeated) events.emit('inbox:put', put.entry)
        return { seq: put.entry.seq }
      },
      find: (recordId) => store.find(recordId),
    },
    async expire() {
      let expired: Awaited<ReturnType<InboxStore['expire']>>
      do {
        expired = await store.expire(clock.now(), BATCH)
        tell(expired.moved)
      } while (expired.removed >= BATCH)
    },
  }
}
