import type { AnyAdapter } from './adapter.ts'
import { appInbox } from './app-inbox/app-inbox.ts'
import { appWebPush } from './app-webpush/app-webpush.ts'
import { dingtalkBot } from './dingtalk-bot/dingtalk-bot.ts'
import { smtp } from './email-smtp/email-smtp.ts'
import { guarded } from './guarded.ts'
import { feishuBot } from './feishu-bot/feishu-bot.ts'
import { smsAliyun } from './sms-aliyun/sms-aliyun.ts'
import { smsTencent } from './sms-tencent/sms-tencent.ts'
import { smsTwilio } from './sms-twilio/sms-twilio.ts'
import { sandbox } from './sandbox/sandbox.ts'
import { webhook } from './webhook/webhook.ts'
import { wechatOfficial } from './wechat-official/wechat-official.ts'
import { wecomBot } from './wecom-bot/wecom-bot.ts'

export type * from './adapter.ts'
export { textOf } from './email-smtp/html-text.ts'
export { smtp } from './email-smtp/email-smtp.ts'
export { checkRecipient, type RecipientCheck } from './recipient.ts'
export { seededRandom, type Random } from './sandbox/random.ts'
export { draw, type Spread } from './sandbox/spread.ts'
export { sandbox, type SandboxOptions } from './sandbox/sandbox.ts'
export { smsAliyun } from './sms-aliyun/sms-aliyun.ts'
export { smsTencent } from './sms-tencent/sms-tencent.ts'
export { smsTwilio } from './sms-twilio/sms-twilio.ts'
export { smsSegments } from './sms-segments.ts'

/** Fresh instances of every adapter. An instance belongs to one engine: it holds that engine's connections and timers. */
export function adapters(): AnyAdapter[] {
  return [
    smtp(),
    smsAliyun(),
    smsTencent(),
    smsTwilio(),
    feishuBot(),
    dingtalkBot(),
    wecomBot(),
    wechatOfficial(),
    appInbox(),
    appWebPush(),
    webhook(),
    sandbox(),
  ].map(guarded)
}
