import type { Template } from '@signalbox/contracts'
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { asApiError } from '../../lib/async.ts'
import { templatesApi } from './api.ts'
import { saveFile } from './template-file.ts'
import { useAuthor } from './useAuthor.ts'
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
  const author = useAuthor()

  async function attempt(
    what: 'remove' | 'rollback' | 'duplicate' | 'export',
    action: (stored: Template) => Promise<void>,
  ): Promise<void> {
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
      const now = await templatesApi.rollback(
        stored.id,
        from,
        author.value.trim() ? { author: author.value.trim() } : {},
      )
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

  const duplicate = () =>
    attempt('duplicate', async (stored) => {
      const copy = await templatesApi.duplicate(stored.id, t('templates.copyOf', { name: stored.name }).slice(0, 100))
      await router.push(`/templates/${copy.id}`)
    })

  const saveAsFile = () =>
    attempt('export', async (stored) => saveFile(await templatesApi.export([stored.id]), `template-${stored.id}`))

  return { busy, rollback, remove, duplicate, saveAsFile }
}
