import type { Adapter, Channel, Service } from '@signalbox/contracts'
import { computed, ref, shallowRef } from 'vue'
import type { ApiError } from '../../api/http.ts'
import { asApiError } from '../../lib/async.ts'
import { servicesApi } from './api.ts'
import { blankDraft, creationOf, draftOf, isSame, updateOf, type Draft } from './draft.ts'
import { errorsOf, type FieldErrors } from './field-errors.ts'

/** A service as it is edited, new or stored; what the server refuses stands at its field until the next attempt. */
export function useServiceEditor() {
  const stored = shallowRef<Service | null>(null)
  const adapter = shallowRef<Adapter | null>(null)
  const channel = ref<Channel | null>(null)
  const draft = ref<Draft | null>(null)
  /** As the draft was at first. */
  const before = shallowRef<Draft | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const busy = ref(false)
  /** Counts beginnings: what a field remembers of the draft before does not hold for the next. */
  const round = ref(0)

  function start(next: Draft): void {
    before.value = next
    draft.value = structuredClone(next)
    error.value = null
    round.value += 1
  }

  /** A new one of this adapter; what was typed of its terms stays when another adapter is chosen. */
  function choose(chosen: Channel, by: Adapter): void {
    const typed = draft.value
    channel.value = chosen
    adapter.value = by
    start(blankDraft(by.settings_schema))
    if (typed && draft.value) draft.value = { ...typed, settings: draft.value.settings }
  }

  function open(service: Service, by: Adapter | undefined): void {
    stored.value = service
    channel.value = service.channel
    adapter.value = by ?? null
    start(draftOf(service))
  }

  async function attempt(save: () => Promise<Service>): Promise<Service | null> {
    if (busy.value) return null
    busy.value = true
    error.value = null
    try {
      const service = await save()
      stored.value = service
      start(draftOf(service))
      return service
    } catch (cause) {
      error.value = asApiError(cause)
      return null
    } finally {
      busy.value = false
    }
  }

  return {
    ...{ stored, adapter, channel, draft, before, error, busy, round, choose, open },
    dirty: computed(() => draft.value !== null && before.value !== null && !isSame(draft.value, before.value)),
    errors: computed<FieldErrors>(() => errorsOf(error.value?.issues ?? [])),
    create(enabled: boolean) {
      const [made, on, by] = [draft.value, channel.value, adapter.value]
      if (!made || !on || !by) return Promise.resolve(null)
      return attempt(() => servicesApi.create(creationOf(made, on, by.key, enabled)))
    },
    save() {
      const [changed, was, service] = [draft.value, before.value, stored.value]
      if (!changed || !was || !service) return Promise.resolve(null)
      return attempt(() => servicesApi.update(service.id, updateOf(changed, was)))
    },
    /** What was typed is given up. */
    reset: () => before.value && start(before.value),
  }
}
