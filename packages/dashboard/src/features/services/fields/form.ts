/** What the fields of a form need from it, however deep they stand. */
import {
  computed,
  inject,
  provide,
  toValue,
  type Component,
  type ComputedRef,
  type InjectionKey,
  type MaybeRefOrGetter,
} from 'vue'
import { isWrong, type FieldErrors } from '../field-errors.ts'

const ERRORS: InjectionKey<ComputedRef<FieldErrors>> = Symbol('form errors')
const FIELDS: InjectionKey<Component> = Symbol('fields of an object')

/** Id of the list of our templates, which `template_id` is chosen from. */
export const TEMPLATES = 'our-templates'

/** @param fields the component for the fields of an object: what stands inside them cannot import what imports it */
export function provideForm(errors: MaybeRefOrGetter<FieldErrors>, fields: Component): void {
  provide(
    ERRORS,
    computed(() => toValue(errors)),
  )
  provide(FIELDS, fields)
}

export function useFieldsComponent(): Component {
  const fields = inject(FIELDS)
  if (!fields) throw new Error('expected provideForm above, got none')
  return fields
}

export function useFieldError(path: () => string) {
  const errors = inject(ERRORS, () => computed<FieldErrors>(() => new Map()), true)
  return {
    error: computed(() => errors.value.get(path())),
    /** It, or something in it. */
    wrong: computed(() => isWrong(errors.value, path())),
    wrongAt: (at: string) => isWrong(errors.value, at),
  }
}
