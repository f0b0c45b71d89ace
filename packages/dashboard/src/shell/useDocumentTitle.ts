import { computed, watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'
import { useNow } from '../lib/useNow.ts'
import { ICONS, pageStateOf } from './page-state.ts'
import { useSystem } from './system.ts'

/** Figures that are this many ticks late are no longer live. */
const SILENT_TICKS = 10

/** `Monitor · Signalbox`, with what is wrong in front of it; the tab's icon says the same. */
export function useDocumentTitle(): void {
  const { t } = useI18n()
  const route = useRoute()
  const system = useSystem()
  const now = useNow()

  const alerts = computed(() => system.figures?.alerts ?? 0)
  const rewound = computed(() => system.rewound)
  const silent = computed(() => {
    const figures = system.figures
    return figures !== null && figures.everyMs > 0 && now.value - figures.at >= SILENT_TICKS * figures.everyMs
  })
  const state = computed(() =>
    pageStateOf({ link: system.link, silent: silent.value, alerts: alerts.value, rewound: rewound.value }),
  )

  watchEffect(() => {
    const page = route.meta.title ? `${t(route.meta.title)} · ` : ''
    const told = state.value === 'ok' ? '' : `${t(`shell.state.${state.value}`, { n: alerts.value }, alerts.value)} · `
    document.title = `${told}${page}${t('shell.product')}`
  })
  watchEffect(() => {
    document.querySelector('link[rel="icon"]')?.setAttribute('href', ICONS[state.value])
  })
}
