import { useDocumentVisibility } from '@vueuse/core'
import { computed, onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useMonitorSocket } from '../../api/socket.ts'
import { useAsync } from '../../lib/async.ts'
import { tracesApi } from './api.ts'

/**
 * The trace of one message, kept up to date while it is open: read again when the server says that it moved or may have
 * moved unseen, and when the tab comes back to the front.
 */
export function useTrace(id: MaybeRefOrGetter<string>) {
  const socket = useMonitorSocket()
  const trace = useAsync((signal) => tracesApi.get(toValue(id), signal))
  const recordId = computed(() => trace.data.value?.record_id ?? null)

  watch(
    () => toValue(id),
    () => {
      trace.clear()
      void trace.load()
    },
    { immediate: true },
  )

  let release = () => {}
  watch(recordId, (record) => {
    release()
    release = record === null ? () => {} : socket.watch(record, () => void trace.load())
  })
  onScopeDispose(() => release())

  watch(useDocumentVisibility(), (visibility) => visibility === 'visible' && void trace.load())

  return { ...trace, link: socket.link }
}
