/** What of the wall stands in the address: so that a link shows what its sender saw. */
import { rangeSchema, type Range } from '@signalbox/contracts'
import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

export function rangeOf(query: LocationQuery): Range {
  return rangeSchema.catch('today').parse(query['range'])
}

export function useWallQuery() {
  const route = useRoute()
  const router = useRouter()

  /** Keeps what else stands there; undefined takes a value out. */
  function put(change: Record<string, string | undefined>): void {
    void router.replace({ query: { ...route.query, ...change } })
  }

  return {
    range: computed({
      get: () => rangeOf(route.query),
      set: (range) => put({ range: range === 'today' ? undefined : range }),
    }),
    /** Every 5 s instead of every tick, for a slow link. */
    slow: computed({
      get: () => route.query['pace'] === 'slow',
      set: (slow) => put({ pace: slow ? 'slow' : undefined }),
    }),
    /** The trace that is open beside the feed. */
    trace: computed({
      get: () => (typeof route.query['trace'] === 'string' ? route.query['trace'] : null),
      set: (trace) => put({ trace: trace ?? undefined }),
    }),
  }
}
