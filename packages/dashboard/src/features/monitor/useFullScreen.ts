import { useFullscreen } from '@vueuse/core'

/** The whole page, so that the header stays on it. */
export function useFullScreen() {
  const { isFullscreen, isSupported, toggle } = useFullscreen(document.documentElement)
  return { on: isFullscreen, possible: isSupported, toggle: () => void toggle() }
}
