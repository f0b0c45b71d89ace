import type { Template, TemplatePayload } from '@signalbox/contracts'
import { computed, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'

/** Variables of the template's last messages. Without them one can still type. */
export function usePayloads(template: MaybeRefOrGetter<Template | null>) {
  const payloads = useAsync<TemplatePayload[]>(async (signal) => {
    const stored = toValue(template)
    return stored && stored.version > 0 ? templatesApi.payloads(stored.id, signal) : []
  })
  watch(() => [toValue(template)?.id, toValue(template)?.version], payloads.load, { immediate: true })
  return computed(() => payloads.data.value ?? [])
}
