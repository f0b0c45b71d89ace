import { INBOX_LIMITS, type InboxBatch, type InboxEntry } from '@signalbox/contracts'
import { traceIdOf, type InboxEntryRecord, type InboxPage } from '@signalbox/engine'
import type { Instant } from './instant.ts'

export function presentEntry(entry: InboxEntryRecord, instant: Instant): InboxEntry {
  const { seq, recordId, title, text, read } = entry
  return {
    ...{ seq, record_id: recordId, trace_id: traceIdOf(recordId), title, text, read },
    sent_at: instant(entry.at),
    expires_at: instant(entry.expiresAt),
  }
}

export function presentBatch(since: number, { entries, upTo, lastSeq }: InboxPage, instant: Instant): InboxBatch {
  const shown = entries.map((entry) => presentEntry(entry, instant))
  return { since, up_to: upTo, entries: shown, more: upTo < lastSeq }
}

/** What ids, times and names add to the text of an entry. */
const OVERHEAD_BYTES = 300

export function bytesOf({ title, text }: InboxEntryRecord): number {
  return Buffer.byteLength(text) + Buffer.byteLength(title ?? '') + OVERHEAD_BYTES
}

/** As much of the page as one batch may weigh; at least one entry. */
export function boundedPage(page: InboxPage, mostBytes: number = INBOX_LIMITS.batchBytes): InboxPage {
  let bytes = 0
  for (const [i, entry] of page.entries.entries()) {
    bytes += bytesOf(entry)
    if (bytes <= mostBytes || i === 0) continue
    const entries = page.entries.slice(0, i)
    return { ...page, entries, upTo: entries.at(-1)?.seq ?? page.upTo }
  }
  return page
}
