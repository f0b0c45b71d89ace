import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'
import { bindingsSchema, type Limits } from '../sms/binding.ts'

export const aliyunSettingsSchema = z
  .strictObject({
    base_url: baseUrlSchema('https://dysmsapi.aliyuncs.com').describe('Address of the API'),
    access_key_id: z.string().min(1).max(128).describe('AccessKey ID of a RAM user that may send text messages'),
    access_key_secret_env: secretNameSchema.describe('Name of the secret that holds the AccessKey secret'),
    sign_name: z.string().min(1).max(20).describe('Signature as approved, without 【】'),
    templates: bindingsSchema(/^SMS_\d{1,20}$/, 'SMS_153051234'),
    receipt_token_env: secretNameSchema
      .optional()
      .describe('Name of the secret at the end of the receipt address; left out: receipts are refused'),
  })
  .meta(words({ en: ['Aliyun SMS'], zh: ['阿里云短信'] }))

export type AliyunSettings = z.output<typeof aliyunSettingsSchema>

/** Of templates and variables. */
export const ALIYUN_LIMITS: Limits = {
  valueChars: 35,
  textChars: 500,
  otp: /^\d{4,6}$/,
  otpWords: 'a code of 4 to 6 digits',
  wayOut: 'ends marketing',
}
