import { useMonitorSocket } from '../../api/socket.ts'

/** `onChange` whenever somebody changed a template, or may have while this browser was not connected. */
export function useTemplateChanges(onChange: (id: number | null) => void): void {
  useMonitorSocket().onTemplate(onChange)
}
