import type { Template } from '@signalbox/contracts'
import { ref, shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { ApiError } from '../../api/http.ts'
import { asApiError } from '../../lib/async.ts'
import { templatesApi } from './api.ts'

/** Rolling back and deleting: what else can be done to a stored template. `done` says what was. */
export function useTemplateActions(template: Readonly<Ref<Template | null>>, adopt: (stored: Template) => void) {
  const { t } = useI18n()
  const router = useRouter()
  const busy = ref(false)
  const failure = shallowRef<{ what: 'remove' | 'rollback'; error: ApiError } | null>(null)
  const done = ref<string | null>(null)

  async function attempt(what: 'remove' | 'rollback', action: (stored: Template) => Promise<void>): Promise<void> {
    const stored = template.value
    if (!stored || busy.value) return
    busy.value = true
    failure.value = null
    done.value = null
    try {
      await action(stored)
    } catch (cause) {
      failure.value = { what, error: asApiError(cause) }
    } finally {
      busy.value = false
    }
  }

  const rollback = (from: number) =>
    attempt('rollback', async (stored) => {
      const now = await templatesApi.rollback(stored.id, from)
      adopt(now)
      done.value = t('templates.done.rolledBack', { from, n: now.version })
    })

  /** An archived template stays on screen; a removed one has nothing left to show. */
  const remove = () =>
    attempt('remove', async (stored) => {
      const { outcome } = await templatesApi.remove(stored.id)
      if (outcome === 'removed') {
        adopt(stored)
        await router.push('/templates')
        return
      }
      adopt(await templatesApi.get(stored.id))
      done.value = t('templates.done.archived', { name: stored.name })
    })

  return { busy, failure, done, rollback, remove }
}
