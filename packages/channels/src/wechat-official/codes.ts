import type { CodeTable } from '../provider-codes.ts'

/** Sources: the pages of developers.weixin.qq.com on template messages and global codes, and its community; the classes are ours. */
export const WECHAT_CODES: CodeTable = {
  '-1': ['provider_down', 'provider', { says: 'the system is busy' }],
  '40003': ['invalid_recipient', 'recipient', { says: 'the openid is not of this account', suppress: 'token_gone' }],
  '40013': ['config', 'account', { says: 'the appid is wrong' }],
  '40036': ['template', 'message', { says: 'the template id has the wrong length' }],
  '40037': ['template', 'message', { says: 'the account has no such template' }],
  '40125': ['auth', 'account', { says: 'the secret of the app is wrong' }],
  '40164': ['config', 'account', { says: 'this address is not on the IP list of the account' }],
  '43004': [
    'unsubscribed',
    'recipient',
    { says: 'the recipient does not follow the account', suppress: 'unsubscribe' },
  ],
  '43019': [
    'unsubscribed',
    'recipient',
    { says: 'the recipient is on the blacklist of the account', suppress: 'unsubscribe' },
  ],
  '43101': ['unsubscribed', 'recipient', { says: 'no subscription is left for this template' }],
  '45009': ['quota', 'account', { says: 'the quota of the day is used up' }],
  '45011': ['rate_limited', 'account', { says: 'called too often' }],
  '45109': ['config', 'account', { says: 'the account may no longer use this call' }],
  '47003': ['content', 'message', { says: 'a value does not fit its field' }],
  '48001': ['config', 'account', { says: 'the account may not use this call' }],
  '48004': ['config', 'account', { says: 'the account is barred from this call' }],
  '50002': ['config', 'account', { says: 'the account is limited' }],
}

/** The access token is not or no longer valid. */
export const TOKEN_CODES: ReadonlySet<string> = new Set(['40001', '40014', '41001', '42001'])

const DAY_MS = 86_400_000
const CHINA_OFFSET_MS = 8 * 3_600_000

/** Quotas of a day begin anew at midnight in China. */
export function msToMidnightInChina(now: number): number {
  return DAY_MS - ((now + CHINA_OFFSET_MS) % DAY_MS)
}
