import type { Template } from '@signalbox/contracts'
import { toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useAsync } from '../../lib/async.ts'
import { templatesApi } from './api.ts'

/** The published versions of a template, newest first; read again whenever one is published. */
export function useVersions(template: MaybeRefOrGetter<Template | null>) {
  const versions = useAsync(async (signal) => {
    const stored = toValue(template)
    return stored && stored.version > 0 ? templatesApi.versions(stored.id, signal) : []
  })
  watch(() => [toValue(template)?.id, toValue(template)?.version], versions.load, { immediate: true })
  return versions
}
