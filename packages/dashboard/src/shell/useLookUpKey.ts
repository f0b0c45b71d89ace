import { useEventListener } from '@vueuse/core'
import { nextTick } from 'vue'
import { useRouter } from 'vue-router'
import { isPlainKey, isTyping } from '../lib/typing.ts'

/** The header's box, and that of the traces page. */
const BOX = '[data-trace-lookup], #trace-id'

/** `/` focuses the trace look-up on screen, else goes to the one on the traces page. */
export function useLookUpKey(): void {
  const router = useRouter()
  useEventListener(document, 'keydown', (event) => {
    if (event.key !== '/' || !isPlainKey(event) || isTyping(event.target)) return
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
