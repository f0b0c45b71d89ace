/** Twilio's error codes, of calls and of delivery; the class of each is our judgement. */
import type { CodeTable } from '../provider-codes.ts'

export const TWILIO_CODES: CodeTable = {
  '20003': ['auth', 'account'],
  '20429': ['rate_limited', 'account'],
  '21211': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
  '21614': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
  '21612': ['invalid_recipient', 'recipient'],
  '21606': ['config', 'account'],
  '21608': ['config', 'account'],
  '21610': ['unsubscribed', 'recipient', { suppress: 'unsubscribe' }],
  // Of delivery: unreachable, perhaps only now; a landline.
  '30003': ['provider_down', 'recipient'],
  '30006': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
}
