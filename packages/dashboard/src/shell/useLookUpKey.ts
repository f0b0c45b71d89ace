import { useEventListener } from '@vueuse/core'
import { nextTick } from 'vue'
import { useRouter } from 'vue-router'

/** The header's box, and that of the traces page. */
const BOX = '[data-trace-lookup], #trace-id'

/** `/` focuses the trace look-up on screen, else goes to the one on the traces page. */
export function useLookUpKey(): void {
  const router = useRouter()
  useEventListener(document, 'keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    event.preventDefault()
    if (!focusBox()) void goToBox()
  })

  async function goToBox(): Promise<void> {
    await router.push('/traces')
    await nextTick()
    focusBox()
  }
}

function focusBox(): boolean {
  const box = [...document.querySelectorAll<HTMLInputElement>(BOX)].find((input) => input.checkVisibility())
  box?.focus()
  box?.select()
  return box !== undefined
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
