import { alertSchema, type Acknowledge, type Alert } from '@signalbox/contracts'
import { useStorage } from '@vueuse/core'
import { shallowRef } from 'vue'
import { ApiError, request } from '../../api/http.ts'
import { asApiError } from '../../lib/async.ts'

/** Acknowledging, and taking that back. The ribbon itself changes with the next tick, for everybody. */
export function useAlertActions() {
  /** Who last acknowledged on this machine: most often it is the same person. */
  const name = useStorage('signalbox.operator', '')
  const busy = shallowRef(false)
  const error = shallowRef<ApiError | null>(null)

  async function post(id: string, action: string, body: unknown): Promise<Alert | null> {
    busy.value = true
    error.value = null
    try {
      return await request(alertSchema, `/api/alerts/${encodeURIComponent(id)}/${action}`, { method: 'POST', body })
    } catch (cause) {
      error.value = asApiError(cause)
      return null
    } finally {
      busy.value = false
    }
  }

  return {
    name,
    busy,
    error,
    acknowledge(id: string, acknowledgement: Acknowledge): Promise<Alert | null> {
      name.value = acknowledgement.by
      return post(id, 'acknowledge', acknowledgement)
    },
    takeBack: (id: string): Promise<Alert | null> => post(id, 'unacknowledge', { by: name.value || '?' }),
  }
}
