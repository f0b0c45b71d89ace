/**
 * `app.inbox`: in-app messages. It puts each into the inbox of its user, where it is on disk; whoever speaks to the devices
 * takes it from there, and their acknowledgements come back as receipts. The one channel whose receipts are first-hand.
 *
 * Putting the same message twice gives it the place it has, so a repeat is safe for as long as it stands there.
 */
import { INBOX_LIMITS } from '@signalbox/contracts'
import type { AdapterContext, ChannelAdapter, Delivery, FieldError, Outcome, RenderedContent } from '../adapter.ts'
import { formOf } from '../form.ts'
import { inTurn } from '../in-turn.ts'
import { checkRecipient } from '../recipient.ts'
import { checkSettings } from '../settings.ts'
import { inboxSettingsSchema, type InboxSettings } from './settings.ts'

export interface InboxPayload {
  title: string | null
  text: string
}
export type InboxAdapter = ChannelAdapter<InboxSettings, string, InboxPayload>

/** What ids, times and numbers add to an entry. */
const IDS_BYTES = 400

export function appInbox(): InboxAdapter {
  return {
    key: 'app.inbox',
    channels: ['app'],
    receipts: 'ack',
    form: formOf(inboxSettingsSchema),
    settings: (raw) => checkSettings(inboxSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: { ttlMs: cfg.ttl_ms },
      receipt: 'ack',
      lookup: true,
      limits: [],
      maxPayload: { bytes: INBOX_LIMITS.entryBytes, chars: INBOX_LIMITS.textChars },
      ttl: true,
    }),
    validateRecipient(raw) {
      const checked = checkRecipient('app', raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content) {
      const payload = { title: content.subject?.trim() || null, text: content.text }
      const errors = problemsOf(content, payload)
      return errors.length > 0 ? { ok: false, errors } : { ok: true, payload }
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (user) => sendOne(user, delivery, cfg, ctx)),
    async reconcile({ recordId, recipient }, _cfg, ctx) {
      const found = await ctx.inbox.find(recordId)
      return found ? accepted(recipient, found.seq) : 'not_found'
    },
  }
}

async function sendOne(
  user: string,
  { recordId, payload }: Delivery<string, InboxPayload>,
  cfg: InboxSettings,
  { inbox, now }: AdapterContext,
): Promise<Outcome> {
  const { seq } = await inbox.put({
    ...{ recordId, user, ...payload },
    expiresAt: now() + cfg.ttl_ms,
    ackTimeoutMs: cfg.ack_timeout_ms,
    keepAtMost: cfg.keep_messages,
  })
  return accepted(user, seq)
}

function accepted(user: string, seq: number): Outcome {
  return { status: 'accepted', providerId: `${user}:${seq}`, final: false }
}

function problemsOf({ html }: RenderedContent, { title, text }: InboxPayload): FieldError[] {
  const { titleChars, textChars, entryBytes } = INBOX_LIMITS
  const problems: FieldError[] = []
  const tooMuch = (field: string, got: number, most: number, unit: string): void => {
    if (got > most) problems.push({ field, message: `expected at most ${most} ${unit}, got ${got}` })
  }
  if (html !== null) problems.push({ field: 'html', message: 'expected plain text, got HTML' })
  if (text.trim() === '') problems.push({ field: 'text', message: 'expected some text, got none' })
  tooMuch('title', title === null ? 0 : Array.from(title).length, titleChars, 'characters')
  tooMuch('text', Array.from(text).length, textChars, 'characters')
  tooMuch('text', Buffer.byteLength(JSON.stringify({ title, text })), entryBytes - IDS_BYTES, 'bytes with its title')
  return problems
}
