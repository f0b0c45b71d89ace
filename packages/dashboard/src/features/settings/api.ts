import { settingsAppliedSchema, settingsVersionSchema } from '@signalbox/contracts'
import { request } from '../../api/http.ts'

export const settingsApi = {
  /** As the address has the version; the present one without. */
  at: (version: string | undefined, signal: AbortSignal) =>
    request(settingsVersionSchema, '/api/system/settings', { query: { version }, signal }),
  applied: (signal: AbortSignal) => request(settingsAppliedSchema, '/api/system/settings/applied', { signal }),
}
