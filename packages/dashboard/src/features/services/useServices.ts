import { computed, shallowRef, watch } from 'vue'
import type { Service } from '@signalbox/contracts'
import { useAsync } from '../../lib/async.ts'
import { usePolling } from '../../lib/usePolling.ts'
import { useSystem } from '../../shell/system.ts'
import { servicesApi } from './api.ts'
import { daysOf } from './strip.ts'

const LIST_MS = 5_000
/** While somebody waits for the last message to come back. */
const DRAINING_MS = 1_000
const ACTIVITY_MS = 60_000

/** All services as they stand, and what each did in the last 24 hours. */
export function useServices() {
  const system = useSystem()
  const list = useAsync(servicesApi.list)
  const activity = useAsync(servicesApi.activity)
  const pauses = useAsync(servicesApi.pauses)
  /** Of the server, ms since the epoch, when the list came in. */
  const now = shallowRef(Date.now())
  watch(list.data, () => (now.value = Date.now() - system.clockAheadMs), { flush: 'sync' })

  const draining = computed(() => list.data.value?.some(({ state }) => state === 'draining') ?? false)
  usePolling(
    async () => {
      await Promise.all([list.load(), pauses.load()])
    },
    () => (draining.value ? DRAINING_MS : LIST_MS),
  )
  usePolling(activity.load, ACTIVITY_MS)

  /** The reply of a change, in its place. */
  function put(changed: Service): void {
    if (list.data.value) list.set(list.data.value.map((each) => (each.id === changed.id ? changed : each)))
    void system.refresh()
  }

  return {
    list,
    now,
    days: computed(() => (activity.data.value ? daysOf(activity.data.value) : null)),
    activityFailed: computed(() => activity.error.value !== null && activity.data.value === undefined),
    pausedChannels: computed(() => new Set(pauses.data.value?.channels.map(({ channel }) => channel))),
    put,
  }
}
