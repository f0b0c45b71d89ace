import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'

const fieldSchema = z.strictObject({
  name: z.string().min(1).max(64).describe('Name of the variable in our template'),
  param: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/i, 'expected the name of a field such as thing1')
    .describe("WeChat's name of the field, thing1 of {{thing1.DATA}}"),
})

const bindingSchema = z.strictObject({
  template_id: z.int().min(1).describe('Our template'),
  code: z
    .string()
    .regex(/^[A-Za-z0-9_-]{20,64}$/, 'expected the id of a template of the account')
    .describe("WeChat's template"),
  kind: z
    .enum(['template', 'subscribe'])
    .default('template')
    .describe('Template message, or subscription notice, of which each subscription allows one'),
  variables: z.array(fieldSchema).min(1).max(20).describe('Which variable goes into which field'),
  url: z
    .string()
    .max(1_000)
    .regex(/^https?:\/\//, 'expected http:// or https://')
    .optional()
    .describe('Page behind the message; {{variable}} is replaced, percent-encoded'),
  miniprogram: z
    .strictObject({
      appid: z.string().regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits'),
      pagepath: z.string().max(500).optional(),
    })
    .optional()
    .describe('Mini program behind the message'),
})

/** An official account (公众号). */
export const wechatSettingsSchema = z
  .strictObject({
    appid: z
      .string()
      .regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits')
      .describe('AppID of the account'),
    secret_env: secretNameSchema.describe('Name of the secret that holds the AppSecret'),
    templates: z
      .array(bindingSchema)
      .max(1_000)
      .refine((all) => new Set(all.map(({ template_id: id }) => id)).size === all.length, {
        error: 'expected each of our templates once',
      })
      .default([])
      .describe("Which of WeChat's templates stands for which of ours"),
    callback_token_env: secretNameSchema
      .optional()
      .describe('Name of the secret that holds the Token of the server configuration. Left out: no receipts'),
    callback_aes_key_env: secretNameSchema
      .optional()
      .describe('Name of the secret that holds the EncodingAESKey. With it only the safe mode is taken (recommended)'),
    base_url: baseUrlSchema('https://api.weixin.qq.com').describe('Address of the provider'),
  })
  .refine((raw) => raw.callback_aes_key_env === undefined || raw.callback_token_env !== undefined, {
    error: 'expected callback_token_env together with callback_aes_key_env, got one of them',
    path: ['callback_token_env'],
  })
  .meta(words({ en: ['WeChat official account'], zh: ['微信公众号'] }))

export type WechatSettings = z.output<typeof wechatSettingsSchema>
export type WechatBinding = WechatSettings['templates'][number]
