import type { CodeTable } from '../provider-codes.ts'

/** Source: open.larkoffice.com, "自定义机器人使用指南"; the classes are ours. */
export const FEISHU_CODES: CodeTable = {
  '9499': { category: 'content', scope: 'message', meaning: 'the request is malformed' },
  '11232': { category: 'rate_limited', scope: 'account', meaning: 'throttled (100 a minute, 5 a second for a bot)' },
  '19001': {
    category: 'config',
    scope: 'account',
    meaning: 'the hook is unknown: the bot was removed from its group',
    endsAccount: true,
  },
  '19021': { category: 'auth', scope: 'account', meaning: 'the signature or the time does not match' },
  '19022': { category: 'config', scope: 'account', meaning: 'this address is not on the IP list of the bot' },
  '19024': { category: 'content', scope: 'message', meaning: 'a keyword that the bot demands is missing' },
}
