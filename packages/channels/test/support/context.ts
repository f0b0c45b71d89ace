import type { Channel } from '@signalbox/contracts'
import type { AdapterContext, InboxPort, KeptMessage, ReceiptEvent, RenderedContent } from '../../src/adapter.ts'

/** For adapters that put nothing into inboxes. */
export const noInbox: InboxPort = {
  put: () => Promise.reject(new Error('expected no inbox to be asked for, got an entry')),
  find: () => Promise.resolve(null),
}

/** In settings: there is a secret, and the context has it. */
export const KEPT = { stored: true } as const

export interface RecordingContext extends AdapterContext {
  kept: KeptMessage[]
  receipts: ReceiptEvent[]
}

/** What the engine hands to an adapter, writing down what comes back. */
export function recordingContext(
  channel: Channel,
  { now = Date.now, secrets = {} }: { now?: () => number; secrets?: Record<string, string> } = {},
): RecordingContext {
  const kept: KeptMessage[] = []
  const receipts: ReceiptEvent[] = []
  return {
    service: { id: 1, name: 'a service', channel },
    now,
    secret: (name) => secrets[name],
    log: { info: () => undefined, warn: () => undefined },
    receipt: (event) => receipts.push(event),
    keep: (message) => kept.push(message),
    inbox: noInbox,
    kept,
    receipts,
  }
}

export function content(fields: Partial<RenderedContent> = {}): RenderedContent {
  return {
    templateId: 1,
    templateVersion: 1,
    templateName: 'a template',
    subject: null,
    text: 'hello',
    html: null,
    ...fields,
  }
}

/** What the pipeline says of a message that nobody can unsubscribe from. */
export const NOTICE = { purpose: 'notice', unsubscribeUrl: null } as const
