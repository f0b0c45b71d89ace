import { watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'
import { useSystem } from './system.ts'

/** `Monitor · Signalbox`, with a warning sign in front while the server is out of reach. */
export function useDocumentTitle(): void {
  const { t } = useI18n()
  const route = useRoute()
  const system = useSystem()
  watchEffect(() => {
    const page = route.meta.title ? `${t(route.meta.title)} · ` : ''
    document.title = `${system.link === 'disconnected' ? '⚠ ' : ''}${page}${t('shell.product')}`
  })
}
