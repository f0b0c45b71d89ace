import { pausesSchema } from '@signalbox/contracts'
import { shallowRef } from 'vue'
import { type ApiError, request } from '../../api/http.ts'
import { asApiError } from '../../lib/async.ts'
import { holdPath, type HoldTarget } from './held.ts'

/** Pausing and resuming. The wall itself changes with the next tick, for everybody. */
export function useHolds() {
  const busy = shallowRef(false)
  const error = shallowRef<ApiError | null>(null)

  return {
    busy,
    error,
    /** Whether it is done. */
    async act(what: HoldTarget, act: 'pause' | 'resume'): Promise<boolean> {
      busy.value = true
      error.value = null
      try {
        await request(pausesSchema, holdPath(what, act), { method: 'POST' })
        return true
      } catch (cause) {
        error.value = asApiError(cause)
        return false
      } finally {
        busy.value = false
      }
    },
  }
}
