import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'

/** A custom bot of a Feishu or Lark group. */
export const feishuBotSettingsSchema = z
  .strictObject({
    hook_env: secretNameSchema
      .optional()
      .describe(
        'Name of the secret that holds the last part of the hook address. Left out: the recipient of a message is its hook',
      ),
    secret_env: secretNameSchema
      .optional()
      .describe('Name of the secret of the signature check. Left out: requests are not signed'),
    chat_id: z
      .string()
      .regex(/^oc_[A-Za-z0-9]{8,64}$/, 'expected a chat id, oc_…')
      .optional()
      .describe('Chat id (oc_…) of the group that the bot is in: the recipient that stands for this group'),
    keyword: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .optional()
      .describe('Keyword that the bot demands: a message without it is refused before it is sent'),
    base_url: baseUrlSchema('https://open.feishu.cn').describe(
      'Address of the provider; https://open.larksuite.com for Lark',
    ),
  })
  .refine((raw) => raw.chat_id === undefined || raw.hook_env !== undefined, {
    error: 'expected hook_env together with chat_id: without it a message names its hook',
    path: ['chat_id'],
  })
  .meta(words({ en: ['Feishu bot'], zh: ['飞书机器人'] }))

export type FeishuBotSettings = z.output<typeof feishuBotSettingsSchema>
