import { z } from 'zod'
import { words } from '../form.ts'
import { formatSchema, groupIdSchema, keywordSchema } from '../group-bot/settings.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { secretSchema } from '../secrets.ts'

/** A custom bot of a DingTalk group. */
export const dingtalkBotSettingsSchema = z
  .strictObject({
    token: secretSchema({
      en: ['Access token', 'The access_token of the hook address'],
      zh: ['Access Token', 'Webhook 地址中的 access_token'],
    }),
    secret: secretSchema({
      en: ['Signing secret', 'Of the signature (SEC…). Left out: requests are not signed'],
      zh: ['加签密钥', '以 SEC 开头。留空则不签名'],
    }).optional(),
    group_id: groupIdSchema,
    format: formatSchema,
    keyword: keywordSchema(),
    base_url: baseUrlSchema('https://oapi.dingtalk.com'),
  })
  .meta(words({ en: ['DingTalk bot', 'Posts into a group'], zh: ['钉钉机器人', '在群里发消息'] }))

export type DingtalkBotSettings = z.output<typeof dingtalkBotSettingsSchema>
