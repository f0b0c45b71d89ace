import { useDocumentVisibility } from '@vueuse/core'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useMonitorSocket } from '../../api/socket.ts'
import { useAsync } from '../../lib/async.ts'
import { messagesApi } from './api.ts'
import { filtersOf, type FilterQuery } from './filters.ts'
import { applyChange, followed, liveListOf, type LiveList } from './live-list.ts'

/** One page of messages, by the filters and the place that the address has; live as long as somebody looks. */
export function useMessages() {
  const route = useRoute()
  const router = useRouter()
  const socket = useMonitorSocket()
  const visibility = useDocumentVisibility()
  const filters = computed(() => filtersOf(route.query))
  const before = computed(() => (typeof route.query.before === 'string' ? route.query.before : undefined))
  const page = useAsync((signal) => messagesApi.search(filters.value, before.value, signal))
  const list = shallowRef<LiveList>(liveListOf({ messages: [] }))
  let release = () => {}

  function follow(): void {
    release()
    const found = page.data.value
    if (!found || visibility.value !== 'visible') return
    const query = followed(filters.value, { ...found, messages: [...list.value.rows] }, before.value === undefined)
    release = socket.followList(query, (change) => (list.value = applyChange(list.value, change)))
  }

  watch(page.data, (found) => {
    list.value = liveListOf(found ?? { messages: [] })
    follow()
  })
  // A hidden tab is told nothing; back in front it hears what it missed.
  watch(visibility, follow)
  watch(
    () => JSON.stringify([filters.value, before.value]),
    () => {
      page.clear()
      void page.load()
    },
    { immediate: true },
  )
  onScopeDispose(() => release())

  return {
    ...page,
    list,
    link: socket.link,
    filters,
    before,
    /** Another filter begins at its newest message. */
    show: (query: FilterQuery) => router.replace({ query }),
    older: (next: number) => router.push({ query: { ...filters.value, before: String(next) } }),
    newest: () => router.push({ query: filters.value }),
  }
}
