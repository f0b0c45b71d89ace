import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'

/** `?kiosk=1`: a screen that nobody touches. It shows no control at all, and nothing on it can be pressed. */
export function useKiosk(): ComputedRef<boolean> {
  const route = useRoute()
  return computed(() => route.query['kiosk'] === '1')
}
