import type { Channel } from '@signalbox/contracts'
import type { AnyAdapter, Delivery, Outcome, RenderedContent } from '../../src/adapter.ts'
import { content, NOTICE, recordingContext } from './context.ts'

export interface SendOptions {
  channel: Channel
  settings: Record<string, unknown>
  to: string
  content?: Partial<RenderedContent>
  variables?: Record<string, string>
  secrets?: Record<string, string>
  now?: () => number
  idempotencyKey?: string
  signal?: AbortSignal
  delivery?: Partial<Pick<Delivery<unknown, unknown>, 'purpose' | 'unsubscribeUrl'>>
}

/** One message on the way that the engine takes it: settings, recipient, content, send. */
export async function sendThrough(adapter: AnyAdapter, options: SendOptions): Promise<Outcome> {
  const { channel, now = Date.now, idempotencyKey = 'msg_00000000042' } = options
  const settings = adapter.settings(options.settings)
  if (!settings.ok) throw new Error(JSON.stringify(settings.errors))
  const recipient = adapter.validateRecipient(options.to, channel, settings.value)
  if (!recipient.ok) throw new Error(recipient.reason)
  const prepared = adapter.prepare(content(options.content), options.variables ?? {}, channel, settings.value)
  if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors))
  const [outcome] = await adapter.send(
    {
      recordId: 42,
      traceId: idempotencyKey,
      to: [recipient.to],
      payload: prepared.payload,
      ...NOTICE,
      ...options.delivery,
      idempotencyKey,
      deadline: now() + 10_000,
      signal: options.signal ?? new AbortController().signal,
    },
    settings.value,
    recordingContext(channel, { now, secrets: options.secrets ?? {} }),
  )
  if (!outcome) throw new Error('expected one outcome, got none')
  return outcome
}
