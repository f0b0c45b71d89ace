import type { ChannelAdapter } from '@signalbox/channels/adapter'
import { CHANNELS } from '@signalbox/contracts'

/** A provider that takes everything at once and tells the handler. */
export function instantAdapter(handler: () => void): ChannelAdapter<object, string, string> {
  return {
    key: 'bench.instant',
    channels: CHANNELS,
    settings: () => ({ ok: true, value: {} }),
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'none',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient: (raw) =>
      typeof raw === 'string'
        ? { ok: true, to: raw, canonical: raw }
        : { ok: false, reason: `expected a text, got ${typeof raw}` },
    prepare: (content) => ({ ok: true, payload: content.text }),
    async send() {
      handler()
      return [{ status: 'accepted', final: true }]
    },
  }
}
