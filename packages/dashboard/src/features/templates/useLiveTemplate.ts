import type { Template } from '@signalbox/contracts'
import { shallowRef, watch } from 'vue'
import { useTemplateChanges } from './useTemplateChanges.ts'
import type { useTemplateEditor } from './useTemplateEditor.ts'

/** Follows what others do to the template. `newer` is what they saved while text of our own stands in the editor. */
export function useLiveTemplate(editor: ReturnType<typeof useTemplateEditor>, changed: () => void) {
  const newer = shallowRef<Template | null>(null)

  async function look(): Promise<void> {
    const stored = await editor.refresh()
    if (stored && editor.dirty.value) newer.value = stored
  }

  useTemplateChanges((id) => {
    if (id !== null && id !== editor.template.value?.id) return
    changed()
    void look()
  })
  // Saved, adopted or left: nothing of theirs is missing here any more.
  watch(
    () => [editor.template.value?.id, editor.template.value?.revision],
    () => (newer.value = null),
  )

  return { newer }
}
