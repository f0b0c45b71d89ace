import type { CodeTable } from '../provider-codes.ts'

/** A bot may post 20 messages a minute. */
const MINUTE_MS = 60_000

/**
 * Source: developer.work.weixin.qq.com/document/path/90455, "全局错误码"; the classes are ours. 40058, 45009 and 93000 are as
 * third parties report them for bots.
 */
export const WECOM_CODES: CodeTable = {
  '-1': { category: 'provider_down', scope: 'provider', meaning: 'the system is busy' },
  '40008': { category: 'content', scope: 'message', meaning: 'the kind of message is not allowed' },
  '40035': { category: 'content', scope: 'message', meaning: 'a parameter is not allowed' },
  '40058': { category: 'content', scope: 'message', meaning: 'a parameter is not allowed, mostly a text too long' },
  '45009': {
    category: 'rate_limited',
    scope: 'account',
    meaning: 'more than 20 messages in a minute',
    retryAfterMs: MINUTE_MS,
  },
  '93000': {
    category: 'config',
    scope: 'account',
    meaning: 'the key is unknown: the bot was removed from its group',
    endsAccount: true,
  },
}
