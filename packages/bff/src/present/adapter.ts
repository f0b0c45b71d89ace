import type { AnyAdapter } from '@signalbox/channels'
import type { Adapter, SettingsNode } from '@signalbox/contracts'

/** Of an adapter that says nothing of its settings: any. */
const ANY: SettingsNode = { type: 'object' }

export function presentAdapter(adapter: AnyAdapter): Adapter {
  const { key, channels, keepsOnly = false, form } = adapter
  const schema = form?.schema ?? ANY
  const title = schema.title ?? key
  const callback = adapter.parseReceipt !== undefined
  return {
    ...{ key, title, callback },
    zh: { title: schema.zh?.title ?? title },
    channels: [...channels],
    keeps_only: keepsOnly,
    receipts: adapter.receipts ?? (callback ? 'push' : 'none'),
    lookup: adapter.reconcile !== undefined,
    settings_schema: schema,
  }
}
