import type { CodeTable } from '../provider-codes.ts'

/** Sources: the pages of developers.weixin.qq.com on template messages and global codes, and its community; the classes are ours. */
export const WECHAT_CODES: CodeTable = {
  '-1': { category: 'provider_down', scope: 'provider', meaning: 'the system is busy' },
  '40003': {
    category: 'invalid_recipient',
    scope: 'recipient',
    meaning: 'the openid is not of this account',
    suppress: 'token_gone',
  },
  '40013': { category: 'config', scope: 'account', meaning: 'the appid is wrong' },
  '40036': { category: 'template', scope: 'message', meaning: 'the template id has the wrong length' },
  '40037': { category: 'template', scope: 'message', meaning: 'the account has no such template' },
  '40125': { category: 'auth', scope: 'account', meaning: 'the secret of the app is wrong' },
  '40164': { category: 'config', scope: 'account', meaning: 'this address is not on the IP list of the account' },
  '43004': {
    category: 'unsubscribed',
    scope: 'recipient',
    meaning: 'the recipient does not follow the account',
    suppress: 'unsubscribe',
  },
  '43019': {
    category: 'unsubscribed',
    scope: 'recipient',
    meaning: 'the recipient is on the blacklist of the account',
    suppress: 'unsubscribe',
  },
  '43101': { category: 'unsubscribed', scope: 'recipient', meaning: 'no subscription is left for this template' },
  '45009': { category: 'quota', scope: 'account', meaning: 'the quota of the day is used up' },
  '45011': { category: 'rate_limited', scope: 'account', meaning: 'called too often' },
  '45109': { category: 'config', scope: 'account', meaning: 'the account may no longer use this call' },
  '47003': { category: 'content', scope: 'message', meaning: 'a value does not fit its field' },
  '48001': { category: 'config', scope: 'account', meaning: 'the account may not use this call' },
  '48004': { category: 'config', scope: 'account', meaning: 'the account is barred from this call' },
  '50002': { category: 'config', scope: 'account', meaning: 'the account is limited' },
}

/** The access token is not or no longer valid. */
export const TOKEN_CODES: ReadonlySet<string> = new Set(['40001', '40014', '41001', '42001'])

const DAY_MS = 86_400_000
const CHINA_OFFSET_MS = 8 * 3_600_000

/** Quotas of a day begin anew at midnight in China. */
export function msToMidnightInChina(now: number): number {
  return DAY_MS - ((now + CHINA_OFFSET_MS) % DAY_MS)
}
