import { useDocumentVisibility } from '@vueuse/core'
import { onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'

/**
 * Loads at once and then `everyMs` after each load has ended, as long as the tab is visible; a tab that comes back to the front
 * loads at once. Ends with its scope.
 */
export function usePolling(load: () => Promise<void>, everyMs: MaybeRefOrGetter<number>): void {
  const visibility = useDocumentVisibility()
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Only the last round goes on. */
  let round = 0

  async function go(): Promise<void> {
    clearTimeout(timer)
    const mine = ++round
    await load()
    if (mine === round) wait()
  }

  function wait(): void {
    clearTimeout(timer)
    if (visibility.value === 'visible') timer = setTimeout(() => void go(), toValue(everyMs))
  }

  function stop(): void {
    round += 1
    clearTimeout(timer)
  }

  watch(visibility, (now) => (now === 'visible' ? void go() : stop()))
  watch(() => toValue(everyMs), wait)
  onScopeDispose(stop)
  void go()
}
