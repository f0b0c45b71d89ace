/** One box for everything a message is known by: its ids, its idempotency key, its recipient. */
import { CHANNELS } from '@signalbox/contracts'
import { EngineError } from '../errors.ts'
import { parseRecordId } from '../ids.ts'
import type { ServiceRegistry } from '../services/registry.ts'
import type { MessageRecord } from './record.ts'
import type { MessageStore } from './store.ts'

export interface Found {
  /** Of that trace id or record id. */
  message: MessageRecord | null
  /** What was sent under that idempotency key: one message (null when it is gone), or a batch. */
  key: { kind: 'message'; id: number; message: MessageRecord | null } | { kind: 'task'; taskId: number } | null
  /** Sent to that recipient, newest first, in its canonical spelling. */
  recipient: { spelling: string; messages: MessageRecord[]; more: boolean } | null
}

const SHOWN = 20
/** A recipient may be in many months and segments; somebody waits for the answer. */
const LOOKED_THROUGH = 5_000

export interface Find {
  find(text: string): Promise<Found>
  /** The spelling under which messages to this recipient are kept; as given when there are none. */
  spelling(recipient: string): Promise<string>
}

export function createFind(deps: {
  store: Pick<MessageStore, 'get' | 'byIdempotencyKey' | 'search'>
  services: Pick<ServiceRegistry, 'checkRecipient'>
}): Find {
  const { store, services } = deps

  /** As typed, and as each channel would have written it down. */
  function spellingsOf(text: string): string[] {
    const canonical = CHANNELS.flatMap((channel) => {
      try {
        return [services.checkRecipient(channel, text, 'q')]
      } catch (error) {
        if (error instanceof EngineError) return []
        throw error
      }
    })
    return [...new Set([...canonical, text])]
  }

  async function byKey(key: string): Promise<Found['key']> {
    const reply = await store.byIdempotencyKey(key)
    if (reply === null) return null
    if ('taskId' in reply) return { kind: 'task', taskId: reply.taskId }
    return { kind: 'message', id: reply.id, message: await store.get(reply.id) }
  }

  async function byRecipient(text: string): Promise<Found['recipient']> {
    for (const spelling of spellingsOf(text)) {
      const page = await store.search({ recipient: spelling, limit: SHOWN, scan: LOOKED_THROUGH })
      if (page.messages.length > 0) return { spelling, messages: page.messages, more: page.nextBefore !== null }
    }
    return null
  }

  return {
    async find(typed) {
      const text = typed.trim()
      const id = parseRecordId(text)
      const [message, key, recipient] = await Promise.all([
        id === null ? null : store.get(id),
        byKey(text),
        byRecipient(text),
      ])
      return { message, key, recipient }
    },
    spelling: async (recipient) => (await byRecipient(recipient.trim()))?.spelling ?? recipient.trim(),
  }
}
