import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { tracesApi } from './api.ts'

const ASKED_EVERY_MS = 1_000

/** Why a message waits, asked each second as long as it does and the tab is in front. Nothing before the first answer. */
export function useExplanation(id: MaybeRefOrGetter<string>, waits: MaybeRefOrGetter<boolean>) {
  const explanation = useAsync((signal) => tracesApi.explain(toValue(id), signal))

  function ask(): void {
    // A slow answer is waited for: asking anew would abort it.
    if (!explanation.busy.value) void explanation.load()
  }
  const { pause, resume } = useIntervalFn(ask, ASKED_EVERY_MS, { immediate: false })

  watch(
    [() => toValue(id), () => toValue(waits), useDocumentVisibility()] as const,
    ([now, asks, visibility], [before]) => {
      pause()
      if (now !== before || !asks) explanation.clear()
      if (!asks || visibility !== 'visible') return
      ask()
      resume()
    },
    { immediate: true },
  )

  return explanation
}
