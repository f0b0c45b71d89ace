import type { CodeTable } from '../provider-codes.ts'

/** A bot that was too fast is shut out for this long. */
const SHUT_OUT_MS = 600_000

/** Sources: third-party accounts of open.dingtalk.com, "自定义机器人接入", and of its global codes; the classes are ours. */
export const DINGTALK_CODES: CodeTable = {
  '-1': ['provider_down', 'provider', { says: 'the system is busy' }],
  '130101': ['rate_limited', 'account', { says: 'more than 20 messages in a minute', retryAfterMs: SHUT_OUT_MS }],
  '310000': ['config', 'account', { says: 'a security setting of the bot is not met' }],
}

/** One code for every security setting; only its words tell them apart. */
export const DINGTALK_SECURITY: readonly { words: RegExp; code: CodeTable }[] = [
  {
    words: /keyword/i,
    code: {
      '310000': ['content', 'message', { says: 'a keyword that the bot demands is missing' }],
    },
  },
  {
    words: /sign|timestamp/i,
    code: { '310000': ['auth', 'account', { says: 'the signature or the time does not match' }] },
  },
]
