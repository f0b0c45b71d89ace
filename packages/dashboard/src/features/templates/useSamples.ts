import { useSessionStorage } from '@vueuse/core'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useLanguage } from '../../i18n/useLanguage.ts'
import { exampleFor } from './examples.ts'
import type { Samples } from './fill.ts'

/** Values for the preview, one per variable; kept in this browser tab per template, also while a variable is gone. */
export function useSamples(
  templateId: MaybeRefOrGetter<number | null>,
  variables: MaybeRefOrGetter<readonly string[]>,
) {
  const language = useLanguage()
  const stored = useSessionStorage<Record<string, string>>(() => keyOf(toValue(templateId)), {})

  const samples = computed<Samples>(() => stored.value)
  const open = computed(() => toValue(variables).filter((name) => !filled(name)))

  function filled(name: string): boolean {
    return Object.hasOwn(stored.value, name) && stored.value[name] !== ''
  }

  function set(name: string, value: string): void {
    stored.value = { ...stored.value, [name]: value }
  }

  function fillOpen(): void {
    const examples = open.value.map((name) => [name, exampleFor(name, language.value)] as const)
    stored.value = { ...stored.value, ...Object.fromEntries(examples) }
  }

  /** All at once, e.g. those of a real message. */
  function take(values: Samples): void {
    stored.value = { ...values }
  }

  function clear(): void {
    stored.value = {}
  }

  /** A new template has got its id: its samples go with it. */
  function moveTo(id: number): void {
    sessionStorage.setItem(keyOf(id), JSON.stringify(stored.value))
    clear()
  }

  return { samples, open, set, take, fillOpen, clear, moveTo }
}

function keyOf(templateId: number | null): string {
  return `signalbox:samples:${templateId ?? 'new'}`
}
