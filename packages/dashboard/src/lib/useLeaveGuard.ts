import { useEventListener } from '@vueuse/core'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'

/** Asks before unsaved changes are left behind: by `confirm` inside the app, by the browser's own words outside. */
export function useLeaveGuard(unsaved: MaybeRefOrGetter<boolean>, confirm: () => Promise<boolean>): void {
  const mayLeave = () => !toValue(unsaved) || confirm()
  onBeforeRouteLeave(mayLeave)
  onBeforeRouteUpdate((to, from) => to.params.id === from.params.id || mayLeave())
  useEventListener(window, 'beforeunload', (event) => {
    if (toValue(unsaved)) event.preventDefault()
  })
}
