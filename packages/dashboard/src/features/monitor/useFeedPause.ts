/** Pausing the feed: by the button, and by itself while the pointer or the focus is on a row. */
import { messagePageSchema, type MessageRow } from '@signalbox/contracts'
import { computed, shallowRef, type ShallowRef } from 'vue'
import { request } from '../../api/http.ts'
import { useAsync } from '../../lib/async.ts'
import { loadMissed, missedCount, pauseFeed, resumeFeed, visibleRows, type Feed } from './feed.ts'

const PAGE = 200
/** What one `load` puts on screen at most; a page stays a page. */
const LOADED_AT_MOST = 1000

/** @param accepted messages accepted so far, null while unknown */
export function useFeedPause(feed: ShallowRef<Feed>, accepted: () => number | null) {
  /** `pointer` ends by itself; `button` ends when the reader says so. */
  const cause = shallowRef<'button' | 'pointer' | null>(null)
  const missedRows = useAsync((signal) => rowsAbove(visibleRows(feed.value)[0]?.record_id ?? 0, signal))

  function pause(by: 'button' | 'pointer'): void {
    if (cause.value !== 'button') cause.value = by
    feed.value = pauseFeed(feed.value, accepted() ?? 0)
  }

  function resume(): void {
    missedRows.clear()
    cause.value = null
    feed.value = resumeFeed(feed.value)
  }

  return {
    cause,
    missed: computed(() => missedCount(feed.value, accepted() ?? 0)),
    loading: missedRows.busy,
    loadError: missedRows.error,
    pause,
    resume,
    pointAt: () => pause('pointer'),
    pointAway() {
      if (cause.value === 'pointer') resume()
    },
    async load(): Promise<void> {
      const acceptedThen = accepted() ?? 0
      cause.value = 'button'
      await missedRows.load()
      if (missedRows.error.value === null && missedRows.data.value)
        feed.value = loadMissed(feed.value, missedRows.data.value, acceptedThen)
    },
  }
}

/** The messages accepted after the one with this id, newest first, and those around it as they are now. */
async function rowsAbove(recordId: number, signal: AbortSignal): Promise<MessageRow[]> {
  const rows: MessageRow[] = []
  let before: number | undefined
  while (rows.length < LOADED_AT_MOST) {
    const page = await request(messagePageSchema, '/api/messages', { query: { limit: PAGE, before }, signal })
    rows.push(...page.messages)
    const last = page.messages.at(-1)
    if (page.next_before === null || last === undefined || last.record_id <= recordId) break
    before = page.next_before
  }
  return rows
}
