import { z } from 'zod'
import { words } from '../form.ts'
import { groupIdSchema } from '../group-bot/target.ts'
import { GROUP_FORMATS } from '../group-bot/text.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'

/** A bot of a WeCom (企业微信) group. Its key is all it is known by: there is no signature. */
export const wecomBotSettingsSchema = z
  .strictObject({
    key_env: secretNameSchema.describe('Name of the secret that holds the key of the hook address'),
    group_id: groupIdSchema,
    format: z.enum(GROUP_FORMATS).default('text').describe('How templates are written: plain text or Markdown'),
    base_url: baseUrlSchema('https://qyapi.weixin.qq.com').describe('Address of the provider'),
  })
  .meta(words({ en: ['WeCom bot'], zh: ['企业微信机器人'] }))

export type WecomBotSettings = z.output<typeof wecomBotSettingsSchema>
