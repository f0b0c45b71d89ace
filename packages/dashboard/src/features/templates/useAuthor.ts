import { useLocalStorage } from '@vueuse/core'

/** What this browser's user is called where something is signed; there are no accounts yet. */
export const useAuthor = () => useLocalStorage('signalbox.author', '')
