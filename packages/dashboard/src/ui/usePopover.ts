import { nextTick, onBeforeUnmount, ref, useId, type Ref } from 'vue'

/** What a popover may be tall at most, before it goes above its button, px. */
const ROOM = 240

/**
 * A popover at its button: above everything else, so its place is told from the button's. Bind `id` to the popover and to the
 * button's `popovertarget`, `place` to the popover's style, and `opening` and `toggled` to `beforetoggle` and `toggle`.
 */
export function usePopover(
  button: Readonly<Ref<HTMLElement | null>>,
  popover: Readonly<Ref<HTMLElement | null>>,
  { align, focus }: { align: 'left' | 'right'; focus?: () => HTMLElement | undefined },
) {
  const id = useId()
  const open = ref(false)
  const place = ref<Record<string, string>>({})

  function opening(event: Event): void {
    if ((event as ToggleEvent).newState !== 'open') return
    const { bottom, left, right, top } = button.value?.getBoundingClientRect() ?? new DOMRect()
    place.value = {
      ...(innerHeight - bottom > ROOM ? { top: `${bottom}px` } : { bottom: `${innerHeight - top}px` }),
      ...(align === 'right' ? { right: `${document.documentElement.clientWidth - right}px` } : { left: `${left}px` }),
    }
  }

  async function toggled(event: Event): Promise<void> {
    open.value = (event as ToggleEvent).newState === 'open'
    if (!open.value || !focus) return
    await nextTick()
    focus()?.focus()
  }

  const hide = () => popover.value?.hidePopover()
  onBeforeUnmount(() => open.value && hide())
  return { id, open, place, opening, toggled, hide }
}
