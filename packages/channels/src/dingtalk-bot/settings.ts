import { z } from 'zod'
import { words } from '../form.ts'
import { groupIdSchema } from '../group-bot/target.ts'
import { GROUP_FORMATS } from '../group-bot/text.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'

/** A custom bot of a DingTalk group. */
export const dingtalkBotSettingsSchema = z
  .strictObject({
    token_env: secretNameSchema.describe('Name of the secret that holds the access_token of the hook address'),
    secret_env: secretNameSchema
      .optional()
      .describe('Name of the secret of the signature (SEC…). Left out: requests are not signed'),
    group_id: groupIdSchema,
    format: z.enum(GROUP_FORMATS).default('text').describe('How templates are written: plain text or Markdown'),
    keyword: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .optional()
      .describe('Keyword that the bot demands: a message without it is refused before it is sent'),
    base_url: baseUrlSchema('https://oapi.dingtalk.com').describe('Address of the provider'),
  })
  .meta(words({ en: ['DingTalk bot'], zh: ['钉钉机器人'] }))

export type DingtalkBotSettings = z.output<typeof dingtalkBotSettingsSchema>
