import { z } from 'zod'
import { words } from '../form.ts'
import { keywordSchema } from '../group-bot/settings.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { secretSchema } from '../secrets.ts'

/** A custom bot of a Feishu or Lark group. */
export const feishuBotSettingsSchema = z
  .strictObject({
    hook: secretSchema({
      en: ['Hook', 'Last part of the hook address. Left out: the recipient of a message is its hook'],
      zh: ['Hook', 'Webhook 地址的最后一段。留空则以消息的接收方作为 hook'],
    }).optional(),
    secret: secretSchema({
      en: ['Signing secret', 'Of the signature check. Left out: requests are not signed'],
      zh: ['签名密钥', '签名校验的密钥。留空则不签名'],
    }).optional(),
    chat_id: z
      .string()
      .regex(/^oc_[A-Za-z0-9]{8,64}$/, 'expected a chat id, oc_…')
      .optional()
      .meta(
        words({
          en: ['Chat id', 'Of the group that the bot is in (oc_…): the recipient that stands for this group'],
          zh: ['群 ID', '机器人所在的群（oc_…），用它作接收方即发到本群'],
        }),
      ),
    keyword: keywordSchema(),
    base_url: baseUrlSchema('https://open.feishu.cn', {
      en: 'For Lark: https://open.larksuite.com',
      zh: 'Lark 使用 https://open.larksuite.com',
    }),
  })
  .refine((raw) => raw.chat_id === undefined || raw.hook !== undefined, {
    error: 'expected hook together with chat_id: without it a message names its hook',
    path: ['chat_id'],
  })
  .meta(
    words(
      { en: ['Feishu bot', 'Posts into a group'], zh: ['飞书机器人', '在群里发消息'] },
      { dependentRequired: { chat_id: ['hook'] } },
    ),
  )

export type FeishuBotSettings = z.output<typeof feishuBotSettingsSchema>
