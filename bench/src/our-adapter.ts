import type { ChannelAdapter } from '@signalbox/channels/adapter'
import { CHANNELS } from '@signalbox/contracts'

/** A provider that takes everything as soon as the handler is done with it. */
export function ourAdapter(handler: (text: string) => void | Promise<void>): ChannelAdapter<object, string, string> {
  return {
    key: 'bench',
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
    async send({ payload }) {
      const taking = handler(payload)
      // Without a promise there is nothing to wait for, not even a turn.
      if (taking) await taking
      return [{ status: 'accepted', final: true }]
    },
  }
}
