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
  const missedRows = useAsync((signal) => {
    const lowest = Math.min(...visibleRows(feed.value).map(({ record_id }) => record_id))
    return rowsDownTo(Number.isFinite(lowest) ? lowest : 0, signal)
  })

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

/** Messages as they are now, newest first, down to the one with this id. */
async function rowsDownTo(recordId: number, signal: AbortSignal): Promise<MessageRow[]> {
  const rows: MessageRow[] = []
  let before: number | undefined
  while (rows.length < LOADED_AT_MOST) {
    const page = await request(messagePageSchema, '/api/messages', { query: { limit: PAGE, before }, signal })
    const wanted = page.messages.filter(({ record_id }) => record_id >= recordId)
    rows.push(...wanted)
    if (page.next_before === null || wanted.length < page.messages.length) break
    before = page.next_before
  }
  return rows
}
