import { z } from 'zod'
import { words } from '../form.ts'
import { formatSchema, groupIdSchema } from '../group-bot/settings.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { secretSchema } from '../secrets.ts'

/** A bot of a WeCom (企业微信) group. Its key is all it is known by: there is no signature. */
export const wecomBotSettingsSchema = z
  .strictObject({
    key: secretSchema({
      en: ['Key', 'The key of the hook address'],
      zh: ['Key', 'Webhook 地址中的 key'],
    }),
    group_id: groupIdSchema,
    format: formatSchema,
    base_url: baseUrlSchema('https://qyapi.weixin.qq.com'),
  })
  .meta(words({ en: ['WeCom bot', 'Posts into a group'], zh: ['企业微信机器人', '在群里发消息'] }))

export type WecomBotSettings = z.output<typeof wecomBotSettingsSchema>
