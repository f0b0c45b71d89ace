/** Whom a bot that posts into one group writes to: the group, or somebody in it who is mentioned. For DingTalk and WeCom. */
import { checkRecipient } from '../recipient.ts'

export type GroupTarget = { kind: 'group' } | { kind: 'mobile'; mobile: string } | { kind: 'user'; id: string }

type Checked = { ok: true; to: GroupTarget; canonical: string } | { ok: false; reason: string }

/** Ids of Feishu mean somebody else here; `@all` would call everybody. */
const FOREIGN = /^(?:o[unc]_|[0-9a-f]{8}-[0-9a-f]{4}-)/
const USER_ID = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/

export function groupTarget(raw: unknown, groupId: string): Checked {
  if (typeof raw !== 'string') return refused(groupId, typeof raw)
  if (raw === groupId) return { ok: true, to: { kind: 'group' }, canonical: raw }
  const number = checkRecipient('sms', raw)
  if (number.ok && number.canonical.startsWith('+86')) {
    return { ok: true, to: { kind: 'mobile', mobile: number.canonical.slice(3) }, canonical: number.canonical }
  }
  if (!USER_ID.test(raw) || FOREIGN.test(raw) || raw.toLowerCase() === 'all') {
    return refused(groupId, JSON.stringify(raw.slice(0, 60)))
  }
  return { ok: true, to: { kind: 'user', id: raw }, canonical: raw }
}

function refused(groupId: string, got: string): Checked {
  const expected = `${groupId} for the group, or a mainland mobile number or a user id to mention in it`
  return { ok: false, reason: `expected ${expected}, got ${got}` }
}
