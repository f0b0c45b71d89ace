/** What a report means for the message that it is about. Pure. Codes: RFC 3463; the class of each is our judgement. */
import { redact } from '../../http/redact.ts'
import { isOfRecipient, withoutAddresses } from '../classify.ts'
import type { MailReport, RecipientStatus } from './read-report.ts'
import { untyped } from './status-fields.ts'

export interface Meaning {
  state: 'delivered' | 'delayed' | 'failed'
  code?: string
  detail?: string
  /** Nothing more is to be sent to that recipient. */
  suppress?: 'hard_bounce' | 'complaint'
}

/** Null for what changes nothing. */
export function meaningOf({ kind }: MailReport): Meaning | null {
  switch (kind.is) {
    case 'delivery_status':
      return bestOf(kind.recipients.map(ofRecipient).filter((meaning) => meaning !== null))
    case 'complaint':
      return ofComplaint(kind.type)
    case 'prose':
      return ofProse(kind.text)
    case 'auto_reply':
    case 'other':
      return null
  }
}

/** A message has one recipient. Several in a report are what an alias made of it: one that has it is enough. */
function bestOf(meanings: readonly Meaning[]): Meaning | null {
  const order = ['delivered', 'delayed', 'failed'] as const
  for (const state of order) {
    const found = meanings.find((meaning) => meaning.state === state)
    if (found) return found
  }
  return null
}

const BY_CLASS: Readonly<Record<string, string>> = { '2': 'delivered', '4': 'delayed', '5': 'failed' }

function ofRecipient(recipient: RecipientStatus): Meaning | null {
  const { action, status, diagnostic, remoteMta } = recipient
  const said = untyped(diagnostic)
  const code = codeOf(status, said)
  const host = untyped(remoteMta)
  const words = [host, said].filter((part) => part !== '').join(': ') || `status ${status}`
  const why = { code, detail: told(words) }
  switch (action === '' ? BY_CLASS[status.slice(0, 1)] : action) {
    case 'delivered':
    // Handed on to a server that reports nothing more.
    case 'relayed':
      return { state: 'delivered' }
    case 'delayed':
      return { state: 'delayed', ...why }
    case 'failed':
      return { state: 'failed', ...why, ...(isGone(code, said) ? { suppress: 'hard_bounce' } : {}) }
    default:
      return null
  }
}

/** `5.1.1`: what the refusing server said, when that is more exact than the `5.0.0` of the one that reports. */
function codeOf(status: string, said: string): string {
  const exact = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(said)?.[0]
  const vague = status === '' || /^[245]\.(?:0|5)\.0$/.test(status)
  if (vague && exact !== undefined) return exact
  return status === '' ? (/\b[45]\d\d\b/.exec(said)?.[0] ?? 'bounced') : status
}

/** Said of the address, in the words of servers that give no code for it. */
const NO_SUCH_USER =
  /\b(?:no such (?:user|person|mailbox|recipient|address)|(?:user|mailbox|recipient|address|account)[^.]{0,40}? (?:unknown|not found|does not exist|doesn.t exist|disabled|unavailable)|unknown (?:user|mailbox|recipient|address)|invalid (?:recipient|mailbox|user)|host or domain name not found|domain does not exist|recipient address rejected: access denied)/i

/** The address does not exist: not a full mailbox, not a policy, not a server that could not be reached. */
function isGone(code: string, said: string): boolean {
  if (isOfRecipient(code)) return true
  // Vague codes, and 5.4.x, the way there: that the domain or the recipient does not exist stands in the words only. 5.7.x is
  // a policy, whatever it says.
  return /^(?:5\.[045]\.\d+|55[0134]|bounced)$/.test(code) && NO_SUCH_USER.test(said)
}

/** RFC 5965 7.3. The message has arrived: somebody did not want it. */
function ofComplaint(type: string): Meaning | null {
  if (!['abuse', 'fraud', 'opt-out'].includes(type)) return null
  return { state: 'delivered', suppress: 'complaint' }
}

/** A server that knows no reports. Only a refusal that it quotes with its code counts, everything else is left alone. */
function ofProse(text: string): Meaning | null {
  const said = /(?:^|[\s:(#])(5\d\d[ -](?:5\.\d{1,3}\.\d{1,3} )?.{0,300}|5\.\d{1,3}\.\d{1,3}[ )-].{0,300})/.exec(
    text,
  )?.[1]
  if (said === undefined) return null
  const code = codeOf('', said)
  return { state: 'failed', code, detail: told(said), ...(isGone(code, said) ? { suppress: 'hard_bounce' } : {}) }
}

function told(words: string): string {
  return redact(withoutAddresses(words), [])
}
