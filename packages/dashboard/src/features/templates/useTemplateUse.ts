import type { TemplateUse } from '@signalbox/contracts'
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { computed, watch } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'

export type UseOfTemplate = TemplateUse['templates'][number]

const REFRESH_MS = 30_000

/** How much each template is used, by id; read again while somebody looks. Null until it is known. */
export function useTemplateUse() {
  const { data, load } = useAsync(templatesApi.usage)
  const visibility = useDocumentVisibility()
  const isVisible = () => visibility.value === 'visible'
  void load()
  useIntervalFn(() => isVisible() && void load(), REFRESH_MS)
  watch(visibility, () => isVisible() && void load())
  return computed(() => data.value && new Map(data.value.templates.map((each) => [each.template_id, each])))
}
