import { useEventListener } from '@vueuse/core'
import { isPlainKey, isTyping } from '../../lib/typing.ts'

/** What each key does; one that is absent is left to the browser. */
export type KeyActions = Record<string, () => void>

/** Keys of the whole screen: not while somebody types, nor while a dialog asks something. */
export function useWallKeys(actions: KeyActions): void {
  useEventListener(document, 'keydown', (event) => {
    if (event.defaultPrevented || !isPlainKey(event) || isTyping(event.target)) return
    if (document.querySelector('dialog[open]') && event.key !== '?') return
    const action = actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  })
}
