import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useAsync } from '../../lib/async.ts'
import { messagesApi } from './api.ts'
import { filtersOf, type FilterQuery } from './filters.ts'

/** What is shown is read again this often while somebody looks: others act on the same messages. */
const REFRESH_MS = 3_000

/** One page of messages, by the filters and the place that the address has. */
export function useMessages() {
  const route = useRoute()
  const router = useRouter()
  const visibility = useDocumentVisibility()
  const filters = computed(() => filtersOf(route.query))
  const before = computed(() => (typeof route.query.before === 'string' ? route.query.before : undefined))
  const page = useAsync((signal) => messagesApi.search(filters.value, before.value, signal))

  watch(
    () => JSON.stringify([filters.value, before.value]),
    () => {
      page.clear()
      void page.load()
    },
    { immediate: true },
  )
  watch(visibility, (now) => now === 'visible' && void page.load())
  useIntervalFn(() => {
    if (visibility.value === 'visible' && !page.busy.value) void page.load()
  }, REFRESH_MS)

  return {
    ...page,
    filters,
    before,
    /** Another filter begins at its newest message. */
    show: (query: FilterQuery) => router.replace({ query }),
    older: (next: number) => router.push({ query: { ...filters.value, before: String(next) } }),
    newest: () => router.push({ query: filters.value }),
  }
}
