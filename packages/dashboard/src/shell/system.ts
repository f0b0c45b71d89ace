/** What every screen should be honest about: demo data, sandboxes, refused settings, the zone of its times. */
import { CHANNELS, serviceSchema, systemHealthSchema, type Channel, type Service } from '@signalbox/contracts'
import { useIntervalFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { request } from '../api/http.ts'
import { useMonitorSocket } from '../api/socket.ts'
import { useAsync } from '../lib/async.ts'
import { setDisplayZone } from '../lib/time.ts'

const REFRESH_MS = 30_000

export interface LiveFigures {
  /** When they came in, ms since the epoch. */
  at: number
  /** How often they should come, ms. */
  everyMs: number
  /** Alerts that fire and that nobody has acknowledged. */
  alerts: number
}

export const useSystem = defineStore('system', () => {
  const { link } = useMonitorSocket()
  const facts = useAsync(async (signal) => {
    const [health, services] = await Promise.all([
      request(systemHealthSchema, '/api/system/health', { signal }),
      request(serviceSchema.array(), '/api/services', { signal }),
    ])
    setDisplayZone(health.timeZone)
    return { health, services }
  })
  /** Of the live figures on this screen; null on a screen without any. */
  const figures = shallowRef<LiveFigures | null>(null)
  /** The screen shows an earlier moment instead of them. */
  const rewound = shallowRef(false)
  /** How far this machine's clock is ahead of the server's, ms; 0 while the two agree. */
  const clockAheadMs = shallowRef(0)
  /** What those figures say of themselves; it may be here before the facts are. */
  const demoFigures = shallowRef(false)

  void facts.load()
  useIntervalFn(() => void facts.load(), REFRESH_MS)
  // Back after a restart: perhaps with other data.
  watch(link, (now, before) => {
    if (now === 'connected' && (before === 'disconnected' || facts.error.value)) void facts.load()
  })

  return {
    link,
    figures,
    rewound,
    clockAheadMs,
    demoFigures,
    demo: computed(() => facts.data.value?.health.demo ?? demoFigures.value),
    problems: computed(() => facts.data.value?.health.problems ?? []),
    services: computed(() => facts.data.value?.services ?? null),
    sandboxed: computed(() => sandboxedChannels(facts.data.value?.services ?? [])),
    /** Null until known. */
    hasServices: computed(() => facts.data.value?.services.some(({ enabled }) => enabled) ?? null),
    refresh: facts.load,
  }
})

/** Channels on which nothing really leaves: the services that take turns there are sandboxes, one of them at least. */
export function sandboxedChannels(services: readonly Service[]): Channel[] {
  const enabled = services.filter((service) => service.enabled)
  const inUse = enabled.filter(
    ({ channel, priority }) => !enabled.some((other) => other.channel === channel && other.priority > priority),
  )
  return CHANNELS.filter((channel) => inUse.some((service) => service.sandbox && service.channel === channel))
}
