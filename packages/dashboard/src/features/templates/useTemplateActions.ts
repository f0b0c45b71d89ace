import type { Template } from '@signalbox/contracts'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { asApiError } from '../../lib/async.ts'
import { templatesApi } from './api.ts'
import type { OutcomeRef } from './outcome.ts'

/** Rolling back and deleting: what else can be done to a stored template. */
export function useTemplateActions(
  template: Readonly<Ref<Template | null>>,
  adopt: (stored: Template) => void,
  outcome: OutcomeRef,
) {
  const { t } = useI18n()
  const router = useRouter()
  const busy = ref(false)

  async function attempt(what: 'remove' | 'rollback', action: (stored: Template) => Promise<void>): Promise<void> {
    const stored = template.value
    if (!stored || busy.value) return
    busy.value = true
    outcome.value = null
    try {
      await action(stored)
    } catch (cause) {
      outcome.value = { kind: 'failed', what, error: asApiError(cause) }
    } finally {
      busy.value = false
    }
  }

  const rollback = (from: number) =>
    attempt('rollback', async (stored) => {
      const now = await templatesApi.rollback(stored.id, from)
      adopt(now)
      outcome.value = { kind: 'done', text: t('templates.done.rolledBack', { from, n: now.version }) }
    })

  /** An archived template stays on screen; a removed one has nothing left to show. */
  const remove = () =>
    attempt('remove', async (stored) => {
      const removal = await templatesApi.remove(stored.id)
      if (removal.outcome === 'removed') {
        // Nothing that was typed is left to lose, so leaving needs no question.
        adopt(stored)
        await router.push('/templates')
        return
      }
      adopt(await templatesApi.get(stored.id))
      outcome.value = { kind: 'done', text: t('templates.done.archived', { name: stored.name }) }
    })

  return { busy, rollback, remove }
}
