import type { Experiment, Template } from '@signalbox/contracts'
import { useIntervalFn } from '@vueuse/core'
import { computed, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'

const REFRESH_MS = 5_000

/** The last experiment of a template, its figures kept fresh while it is on. */
export function useExperiment(template: MaybeRefOrGetter<Template | null>) {
  const { data, load } = useAsync<{ experiment: Experiment | null }>(async (signal) => {
    const stored = toValue(template)
    const exists = stored !== null && stored.version > 0
    return { experiment: exists ? await templatesApi.experiment(stored.id, signal) : null }
  })
  const experiment = computed(() => data.value?.experiment ?? null)
  const on = computed(() => experiment.value !== null && experiment.value.state !== 'ended')

  watch(() => [toValue(template)?.id, toValue(template)?.revision], load, { immediate: true })
  useIntervalFn(() => on.value && document.visibilityState === 'visible' && void load(), REFRESH_MS)

  return { experiment, on, load }
}
