import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { filtersOf, queryOf, type ServiceFilters } from './filters.ts'

/** The filters as the address has them; changing them replaces it, so that Back leaves the list. */
export function useServiceFilters() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => filtersOf(route.query))

  function change(part: Partial<ServiceFilters>): void {
    void router.replace({ query: queryOf({ ...filters.value, ...part }) })
  }

  return { filters, change }
}
