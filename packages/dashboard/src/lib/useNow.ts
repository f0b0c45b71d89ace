import { createSharedComposable, useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { readonly, shallowRef, watch } from 'vue'

/** Milliseconds since the epoch, once a second while the tab is visible; one beat for the whole page, so that ages agree. */
export const useNow = createSharedComposable(() => {
  const now = shallowRef(Date.now())
  const { pause, resume } = useIntervalFn(() => (now.value = Date.now()), 1000)
  watch(useDocumentVisibility(), (visibility) => {
    if (visibility === 'hidden') return pause()
    now.value = Date.now()
    resume()
  })
  return readonly(now)
})
