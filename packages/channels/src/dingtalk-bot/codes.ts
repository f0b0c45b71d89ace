import type { CodeTable } from '../provider-codes.ts'

/** A bot that was too fast is shut out for this long. */
const SHUT_OUT_MS = 600_000

/** Sources: third-party accounts of open.dingtalk.com, "自定义机器人接入", and of its global codes; the classes are ours. */
export const DINGTALK_CODES: CodeTable = {
  '-1': { category: 'provider_down', scope: 'provider', meaning: 'the system is busy' },
  '130101': {
    category: 'rate_limited',
    scope: 'account',
    meaning: 'more than 20 messages in a minute',
    retryAfterMs: SHUT_OUT_MS,
  },
  '310000': { category: 'config', scope: 'account', meaning: 'a security setting of the bot is not met' },
}

/** One code for every security setting; only its words tell them apart. */
export const DINGTALK_SECURITY: readonly { words: RegExp; code: CodeTable }[] = [
  {
    words: /keyword/i,
    code: {
      '310000': { category: 'content', scope: 'message', meaning: 'a keyword that the bot demands is missing' },
    },
  },
  {
    words: /sign|timestamp/i,
    code: { '310000': { category: 'auth', scope: 'account', meaning: 'the signature or the time does not match' } },
  },
]
