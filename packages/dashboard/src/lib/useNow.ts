import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { readonly, shallowRef, watch, type Ref } from 'vue'

/** Milliseconds since the epoch, once per `everyMs` while the tab is visible. */
export function useNow(everyMs = 1000): Readonly<Ref<number>> {
  const now = shallowRef(Date.now())
  const { pause, resume } = useIntervalFn(() => (now.value = Date.now()), everyMs)
  watch(useDocumentVisibility(), (visibility) => {
    if (visibility === 'hidden') return pause()
    now.value = Date.now()
    resume()
  })
  return readonly(now)
}
