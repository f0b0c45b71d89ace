import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema, secretNameSchema } from '../http/base-url.ts'
import { bindingsSchema, type Limits } from '../sms/binding.ts'

export const tencentSettingsSchema = z
  .strictObject({
    base_url: baseUrlSchema('https://sms.tencentcloudapi.com').describe('Address of the API'),
    region: z
      .string()
      .regex(/^[a-z]{2}-[a-z]+(?:-\d)?$/, 'expected a region such as ap-guangzhou')
      .default('ap-guangzhou')
      .describe('Region of the API'),
    secret_id: z.string().min(1).max(128).describe('SecretId of a user that may send text messages'),
    secret_key_env: secretNameSchema.describe('Name of the secret that holds the SecretKey'),
    sdk_app_id: z
      .string()
      .regex(/^\d{6,20}$/, 'expected the digits of an SdkAppId, such as 1400006666')
      .describe('SdkAppId of the application in the SMS console'),
    sign_name: z.string().min(1).max(20).describe('Signature as approved: its text without 【】, not its id'),
    templates: bindingsSchema(/^\d{1,20}$/, '449739'),
    receipt_token_env: secretNameSchema
      .optional()
      .describe('Name of the secret at the end of the receipt address; left out: receipts are refused'),
  })
  .meta(words({ en: ['Tencent Cloud SMS'], zh: ['腾讯云短信'] }))

export type TencentSettings = z.output<typeof tencentSettingsSchema>

/** Of templates and variables. The page gives no limit of a single value but that of the text. */
export const TENCENT_LIMITS: Limits = {
  valueChars: 500,
  textChars: 500,
  otp: /^\d{1,6}$/,
  otpWords: 'a code of at most 6 digits',
  wayOut: 'in marketing',
}
