import { shallowRef, type Ref } from 'vue'
import type { DraftField } from './lint.ts'

type TextField = HTMLInputElement | HTMLTextAreaElement

/** Writes and points into the text fields under `root` that carry a `data-field` of their name. */
export function useFieldCursor(root: Readonly<Ref<HTMLElement | null>>) {
  /** Of the fields that take variables, the one that was used last. */
  const last = shallowRef<'subject' | 'content'>('content')

  function onFocusIn({ target }: FocusEvent): void {
    const field = target instanceof HTMLElement ? target.dataset['field'] : undefined
    if (field === 'subject' || field === 'content') last.value = field
  }

  /** Over the selection or at the cursor of the field used last. */
  function insert(text: string): void {
    const element = find(last.value) ?? find('content')
    if (!element) return
    element.focus()
    // The one way to write that the field's own undo knows.
    if (document.execCommand('insertText', false, text)) return
    const { selectionStart, selectionEnd } = element
    element.setRangeText(text, selectionStart ?? 0, selectionEnd ?? 0, 'end')
    element.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function select(field: DraftField, at: number, length: number): void {
    const element = find(field)
    if (!element) return
    // Setting the cursor before the focus makes the browser scroll it into view.
    element.setSelectionRange(at, at)
    element.blur()
    element.focus()
    element.setSelectionRange(at, at + length)
  }

  function find(field: DraftField): TextField | null {
    return root.value?.querySelector<TextField>(`[data-field='${field}']`) ?? null
  }

  return { onFocusIn, insert, select }
}
