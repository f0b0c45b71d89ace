import { computed } from 'vue'
import { useMonitorSocket } from '../../api/socket.ts'
import { useAsync } from '../../lib/async.ts'
import { messagesApi } from './api.ts'
import { filtersOfView } from './filters.ts'

/** The views that operators saved, as they stand now, each with its filters; null: not understood any more. */
export function useViews() {
  const { data, state, error, load } = useAsync(messagesApi.views)
  useMonitorSocket().onViews(() => void load())
  void load()
  const views = computed(() => data.value?.map((view) => ({ ...view, filters: filtersOfView(view) })) ?? [])
  return { views, state, error, load }
}
