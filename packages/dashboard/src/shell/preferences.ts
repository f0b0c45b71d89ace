/** Language and theme: what was chosen here, else what browser and system prefer. `public/theme.js` reads the same key. */
import { usePreferredDark, usePreferredLanguages, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import { i18n } from '../i18n/index.ts'
import { LOCALES, type Language } from '../lib/time.ts'

export type Theme = 'dark' | 'light'

export const usePreferences = defineStore('preferences', () => {
  const chosenLanguage = useStorage<string | null>('signalbox.language', null)
  const chosenTheme = useStorage<string | null>('signalbox.theme', null)
  const browserLanguages = usePreferredLanguages()
  const systemDark = usePreferredDark()

  const language = computed<Language>(
    () => asLanguage(chosenLanguage.value) ?? preferredLanguage(browserLanguages.value),
  )
  const theme = computed<Theme>(() => asTheme(chosenTheme.value) ?? (systemDark.value ? 'dark' : 'light'))

  watch(
    language,
    (now) => {
      i18n.global.locale.value = now
      document.documentElement.lang = LOCALES[now]
    },
    { immediate: true },
  )
  // Before what draws from the tokens redraws.
  watch(theme, (now) => (document.documentElement.className = now), { immediate: true, flush: 'sync' })

  return {
    language,
    theme,
    chooseLanguage(chosen: Language) {
      chosenLanguage.value = chosen
    },
    chooseTheme(chosen: Theme) {
      chosenTheme.value = chosen
    },
  }
})

/** The first language of the browser's list that we speak; English when we speak none. */
export function preferredLanguage(languages: readonly string[]): Language {
  for (const tag of languages) {
    const language = asLanguage(tag.toLowerCase().split('-')[0] ?? '')
    if (language) return language
  }
  return 'en'
}

function asLanguage(text: string | null): Language | undefined {
  return text === 'zh' || text === 'en' ? text : undefined
}

function asTheme(text: string | null): Theme | undefined {
  return text === 'dark' || text === 'light' ? text : undefined
}
