import type { Template } from '@signalbox/contracts'
import { useEventListener } from '@vueuse/core'
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { FieldErrors } from './field-errors.ts'
import type { OutcomeRef } from './outcome.ts'
import type { SaveKind } from './save-actions.ts'
import type { Said } from './draft.ts'
import { useLint, type LintContext } from './useLint.ts'
import type { useTemplateEditor } from './useTemplateEditor.ts'

/** From the button or the shortcut to what is said afterwards: checks first, then saves, then tells. */
export function useSaving(
  editor: ReturnType<typeof useTemplateEditor>,
  outcome: OutcomeRef,
  known: LintContext,
  review: (kind: SaveKind) => Promise<Said | null>,
) {
  const { t } = useI18n()
  const { findings, missing, attempt } = useLint(editor.draft, known)
  /** The last attempt was stopped here: something in the fields is known to be wrong. */
  const stopped = ref(false)

  const errors = computed<FieldErrors>(() => ({
    ...Object.fromEntries(missing.value.map((field) => [field, t('templates.lint.required')])),
    ...editor.fieldErrors.value,
  }))
  const marked = computed(() => {
    const wrong = findings.value.some(({ severity }) => severity === 'error')
    return (stopped.value && wrong) || Object.keys(editor.fieldErrors.value).length > 0
  })

  async function save(kind: SaveKind): Promise<void> {
    outcome.value = null
    stopped.value = !attempt()
    if (stopped.value || editor.saving.value) return
    const said = await review(kind)
    if (said) tell(kind, editor.template.value?.version ?? 0, await editor.save(kind, said))
  }

  async function overwrite(): Promise<void> {
    const kind = editor.conflict.value?.kind ?? 'draft'
    const before = editor.conflict.value?.theirs.version ?? 0
    tell(kind, before, await editor.overwrite())
  }

  function tell(kind: SaveKind, before: number, stored: Template | null): void {
    const error = editor.saveError.value
    if (stored) outcome.value = { kind: 'done', text: savedAs(kind, before, stored) }
    else if (error) outcome.value = { kind: 'failed', what: 'save', error }
  }

  function savedAs(kind: SaveKind, before: number, stored: Template): string {
    if (stored.version > before) return t('templates.done.published', { n: stored.version })
    return t(kind === 'draft' ? 'templates.done.draft' : 'templates.done.saved')
  }

  useEventListener(window, 'keydown', (event) => {
    if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    event.preventDefault()
    const { primary, secondary } = editor.actions.value
    const action = [primary, secondary].find((each) => each?.shortcut)
    if (action?.enabled && editor.state.value === 'ready') void save(action.kind)
  })

  return { findings, errors, marked, save, overwrite }
}
