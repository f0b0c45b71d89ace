import type { CodeTable } from '../provider-codes.ts'

/** A bot may post 20 messages a minute. */
const MINUTE_MS = 60_000

/**
 * Source: developer.work.weixin.qq.com/document/path/90455, "全局错误码"; the classes are ours. 40058, 45009 and 93000 are as
 * third parties report them for bots.
 */
export const WECOM_CODES: CodeTable = {
  '-1': ['provider_down', 'provider', { says: 'the system is busy' }],
  '40008': ['content', 'message', { says: 'the kind of message is not allowed' }],
  '40035': ['content', 'message', { says: 'a parameter is not allowed' }],
  '40058': ['content', 'message', { says: 'a parameter is not allowed, mostly a text too long' }],
  '45009': ['rate_limited', 'account', { says: 'more than 20 messages in a minute', retryAfterMs: MINUTE_MS }],
  '93000': ['config', 'account', { says: 'the key is unknown: the bot was removed from its group', endsAccount: true }],
}
