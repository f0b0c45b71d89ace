import type { CompiledMjml } from '@signalbox/contracts'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import type { Draft } from './draft.ts'
import { lintDraft, lintMjml, lintVariables, type DraftField } from './lint.ts'

/** What is known beside the draft. */
export interface LintContext {
  /** Variables that applications send now; null while none do. */
  sent: MaybeRefOrGetter<readonly string[] | null>
  mjml: MaybeRefOrGetter<CompiledMjml['problems']>
}

/** Findings of a draft. What is merely not written yet counts from the first attempt to save on. */
export function useLint(draft: MaybeRefOrGetter<Draft>, { sent, mjml }: LintContext) {
  const attempted = ref(false)
  const all = computed(() => [
    ...lintDraft(toValue(draft)),
    ...lintMjml(toValue(draft), toValue(mjml)),
    ...lintVariables(toValue(draft), toValue(sent)),
  ])
  const findings = computed(() => all.value.filter((finding) => attempted.value || finding.rule !== 'missing'))
  /** Fields that have to be filled in. */
  const missing = computed<DraftField[]>(() =>
    findings.value.flatMap((finding) => (finding.rule === 'missing' ? [finding.field] : [])),
  )

  /** True when nothing stands against saving. */
  function attempt(): boolean {
    attempted.value = true
    return !all.value.some((finding) => finding.severity === 'error')
  }

  return { findings, missing, attempt }
}
