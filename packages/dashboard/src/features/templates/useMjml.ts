import type { CompiledMjml } from '@signalbox/contracts'
import { watchDebounced } from '@vueuse/core'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'
import { formatOf, type Draft } from './draft.ts'

const PAUSE_MS = 400

/** What the server makes of a draft in MJML, a moment after the last change; empty for other formats. */
export function useMjml(draft: MaybeRefOrGetter<Draft>) {
  const source = computed(() => (formatOf(toValue(draft)) === 'mjml' ? toValue(draft).content : ''))
  const compiled = useAsync<CompiledMjml>((signal) => templatesApi.compile(source.value, signal))
  watchDebounced(source, (now) => (now.trim() === '' ? compiled.clear() : void compiled.load()), {
    debounce: PAUSE_MS,
    immediate: true,
  })
  return {
    html: computed(() => (source.value === '' ? '' : (compiled.data.value?.html ?? ''))),
    problems: computed(() => (source.value === '' ? [] : (compiled.data.value?.problems ?? []))),
  }
}
