import type { CodeTable } from '../provider-codes.ts'

/** Source: open.larkoffice.com, "自定义机器人使用指南"; the classes are ours. */
export const FEISHU_CODES: CodeTable = {
  '9499': ['content', 'message', { says: 'the request is malformed' }],
  '11232': ['rate_limited', 'account', { says: 'throttled (100 a minute, 5 a second for a bot)' }],
  '19001': [
    'config',
    'account',
    { says: 'the hook is unknown: the bot was removed from its group', endsAccount: true },
  ],
  '19021': ['auth', 'account', { says: 'the signature or the time does not match' }],
  '19022': ['config', 'account', { says: 'this address is not on the IP list of the bot' }],
  '19024': ['content', 'message', { says: 'a keyword that the bot demands is missing' }],
}
