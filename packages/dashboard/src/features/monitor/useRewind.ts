/**
 * Takes the wall back to a moment of the last hour, and forward to now.
 *
 * While the handle is dragged only the last place asked for is fetched, one request at a time; frames that were seen are
 * kept, for scrubbing goes to and fro.
 */
import { rewindIndexSchema, rewindSchema, type Rewind } from '@signalbox/contracts'
import { computed, shallowRef, type Ref } from 'vue'
import { request } from '../../api/http.ts'
import { useAsync } from '../../lib/async.ts'
import { momentAt, momentsOf, REWIND_MINUTES } from './rewind.ts'

/** A frame is about 30 KB: this many are 2 MB. */
const FRAMES_KEPT = 60
/** An index older than this lacks moments that people ask for, ms. */
const INDEX_MS = 10_000

export function useRewind(serverNow: Readonly<Ref<number>>) {
  const index = useAsync((signal) => request(rewindIndexSchema, '/api/monitor/rewind/index', { signal }))
  /** The moment asked for, ms since the epoch; null: live. */
  const wanted = shallowRef<number | null>(null)
  const frame = shallowRef<Rewind | null>(null)
  const frames = new Map<number, Rewind>()
  let indexAt = -Infinity
  let fetching = false

  const loading = useAsync(async (signal) => {
    const moment = wanted.value
    if (moment === null) throw new Error('expected a moment, got none')
    const at = new Date(moment).toISOString()
    return { moment, frame: await request(rewindSchema, '/api/monitor/rewind', { query: { at }, signal }) }
  })

  async function refreshIndex(): Promise<void> {
    if (performance.now() - indexAt < INDEX_MS) return
    indexAt = performance.now()
    await index.load()
  }

  /** @param time ms since the epoch; within the hour, and where nothing was recorded the moment before it */
  async function goTo(time: number): Promise<void> {
    const bounded = Math.min(serverNow.value, Math.max(serverNow.value - REWIND_MINUTES * 60_000, time))
    wanted.value = bounded
    await refreshIndex()
    if (wanted.value !== bounded) return
    const moments = index.data.value ? momentsOf(index.data.value) : []
    wanted.value = momentAt(moments, bounded) ?? bounded
    await show()
  }

  async function show(): Promise<void> {
    if (fetching) return
    fetching = true
    while (wanted.value !== null && wanted.value !== shownMoment.value) {
      const kept = frames.get(wanted.value)
      if (kept) put(wanted.value, kept)
      else {
        await loading.load()
        if (loading.error.value || !loading.data.value) break
        put(loading.data.value.moment, loading.data.value.frame)
      }
    }
    fetching = false
  }

  const shownMoment = shallowRef<number | null>(null)
  function put(moment: number, taken: Rewind): void {
    frames.set(moment, taken)
    const oldest = frames.keys().next().value
    if (frames.size > FRAMES_KEPT && oldest !== undefined) frames.delete(oldest)
    if (wanted.value === null) return
    shownMoment.value = moment
    frame.value = taken
  }

  return {
    index: index.data,
    wanted,
    /** What the screen shows in place of the live figures; null: live. */
    frame,
    error: computed(() => (wanted.value === null ? null : (loading.error.value ?? index.error.value))),
    refreshIndex,
    goTo,
    /** From where one is, in ms; negative is back. Forward beyond now is live again. */
    step(byMs: number): void {
      const from = wanted.value ?? serverNow.value
      if (from + byMs >= serverNow.value) backToLive()
      else void goTo(from + byMs)
    },
    backToLive,
  }

  function backToLive(): void {
    wanted.value = null
    shownMoment.value = null
    frame.value = null
    frames.clear()
    loading.clear()
  }
}
