/** What a suppression stops, and what lifts it. Pure. */
import type { Channel, Purpose, SuppressionPurpose, SuppressionReason } from '@signalbox/contracts'

/** Who can be reached no more gets nothing; who asked for less marketing still gets what belongs to a contract. */
const STOPS: Record<SuppressionReason, SuppressionPurpose> = {
  hard_bounce: 'all',
  carrier_blacklist: 'all',
  token_gone: 'all',
  complaint: 'marketing',
  unsubscribe: 'marketing',
  manual: 'marketing',
}

/** An official account reaches nobody who gave up following it, with whatever purpose. */
export function stopsWhat(reason: SuppressionReason, channel: Channel): SuppressionPurpose {
  return channel === 'wechat' && reason === 'unsubscribe' ? 'all' : STOPS[reason]
}

/** A code that somebody waits for was asked for by its recipient just now. */
export function isStopped(message: Purpose, suppression: SuppressionPurpose): boolean {
  return message === 'marketing' || (message === 'notice' && suppression === 'all')
}

/** Whoever asks for messages again takes back what was asked for, and nothing that others said. */
export const LIFTED_BY_REPLY: readonly SuppressionReason[] = ['unsubscribe']
/** Who follows anew can be reached again too. */
export const LIFTED_BY_FOLLOWING: readonly SuppressionReason[] = ['unsubscribe', 'token_gone']
