import { shallowRef, type ShallowRef } from 'vue'

interface Dialog {
  open(): void
  close(): void
}

/** A dialog as a question: `await ask(what)` is true when `settle(true)` was called. Asked anew, or closed, it means no. */
export function useQuestion<T>(dialog: Readonly<ShallowRef<Dialog | null>>) {
  const asked = shallowRef<T | null>(null)
  let answer: (yes: boolean) => void = () => {}

  function ask(what: T): Promise<boolean> {
    answer(false)
    asked.value = what
    dialog.value?.open()
    return new Promise((resolve) => (answer = resolve))
  }

  function settle(yes: boolean): void {
    answer(yes)
    dialog.value?.close()
  }

  return { asked, ask, settle }
}
