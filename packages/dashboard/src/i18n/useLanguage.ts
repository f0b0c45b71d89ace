import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Language } from '../lib/time.ts'

/** The language on screen, for formats that take one. */
export function useLanguage(): ComputedRef<Language> {
  const { locale } = useI18n()
  return computed(() => (locale.value === 'zh' ? 'zh' : 'en'))
}
