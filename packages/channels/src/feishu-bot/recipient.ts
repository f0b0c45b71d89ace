import type { Channel } from '@signalbox/contracts'
import { checkRecipient } from '../recipient.ts'
import type { FeishuBotSettings } from './settings.ts'

/** `hook` null: the hook of the service. `mention`: an open id, told in the group that the message is for them. */
export interface FeishuTarget {
  hook: string | null
  mention: string | null
}

type Checked = { ok: true; to: FeishuTarget; canonical: string } | { ok: false; reason: string }

/** A hook posts to one group. A service that has one serves that group; one that has none takes it from the message. */
export function feishuTarget(raw: unknown, channel: Channel, cfg: FeishuBotSettings): Checked {
  const checked = checkRecipient(channel, raw)
  if (!checked.ok) return checked
  const { canonical } = checked
  const kind = canonical.startsWith('o') && canonical[2] === '_' ? canonical.slice(0, 2) : 'hook'
  if (cfg.hook === undefined) {
    if (kind === 'hook') return { ok: true, canonical, to: { hook: canonical, mention: null } }
    return refused('the id of a bot hook (a UUID), because this service has no hook of its own', canonical)
  }
  if (kind === 'ou') return { ok: true, canonical, to: { hook: null, mention: canonical } }
  if (kind === 'oc' && canonical === cfg.chat_id) return { ok: true, canonical, to: { hook: null, mention: null } }
  const group = cfg.chat_id === undefined ? '' : `the chat id ${cfg.chat_id} or `
  // The hook is a credential: it is not repeated.
  return refused(`${group}an open id (ou_…) to mention`, kind === 'hook' ? 'the id of a hook' : canonical)
}

function refused(expected: string, got: string): Checked {
  return { ok: false, reason: `expected ${expected}, got ${got}` }
}
