import { shallowRef, type Ref } from 'vue'
import type { DraftField } from './lint.ts'

/** What the code editor does with its own text. */
interface ContentEditor {
  insert(text: string): void
  select(at: number, length: number): void
}

/** Writes and points into the fields under `root` that carry a `data-field` of their name, and into the content. */
export function useFieldCursor(root: Readonly<Ref<HTMLElement | null>>, content: Readonly<Ref<ContentEditor | null>>) {
  /** Of the fields that take variables, the one that was used last. */
  const last = shallowRef<'subject' | 'content'>('content')

  function onFocusIn({ target }: FocusEvent): void {
    const field = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-field]')?.dataset['field'] : null
    if (field === 'subject' || field === 'content') last.value = field
  }

  /** Over the selection or at the cursor of the field used last. */
  function insert(text: string): void {
    const element = last.value === 'subject' ? find('subject') : null
    if (!element) return content.value?.insert(text)
    element.focus()
    // The one way to write that the field's own undo knows.
    if (document.execCommand('insertText', false, text)) return
    const { selectionStart, selectionEnd } = element
    element.setRangeText(text, selectionStart ?? 0, selectionEnd ?? 0, 'end')
    element.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function select(field: DraftField, at: number, length: number): void {
    if (field === 'content') return content.value?.select(at, length)
    const element = find(field)
    if (!element) return
    // Setting the cursor before the focus makes the browser scroll it into view.
    element.setSelectionRange(at, at)
    element.blur()
    element.focus()
    element.setSelectionRange(at, at + length)
  }

  function find(field: DraftField): HTMLInputElement | null {
    return root.value?.querySelector<HTMLInputElement>(`input[data-field='${field}']`) ?? null
  }

  return { onFocusIn, insert, select }
}
