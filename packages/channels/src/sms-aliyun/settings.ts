import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { receiptTokenSchema, secretSchema } from '../secrets.ts'
import { bindingsSchema, signNameSchema, type Limits } from '../sms/binding.ts'

export const aliyunSettingsSchema = z
  .strictObject({
    access_key_id: z
      .string()
      .min(1)
      .max(128)
      .meta(
        words({
          en: ['AccessKey ID', 'Of a RAM user that may send text messages'],
          zh: ['AccessKey ID', '属于有短信发送权限的 RAM 用户'],
        }),
      ),
    access_key_secret: secretSchema({
      en: ['AccessKey secret', 'Belongs to the AccessKey ID'],
      zh: ['AccessKey Secret', '与 AccessKey ID 配对'],
    }),
    sign_name: signNameSchema({
      en: ['Signature', 'As approved, without 【】'],
      zh: ['短信签名', '已审核通过的签名，不含【】'],
    }),
    templates: bindingsSchema(/^SMS_\d{1,20}$/, 'SMS_153051234'),
    receipt_token: receiptTokenSchema(),
    base_url: baseUrlSchema('https://dysmsapi.aliyuncs.com'),
  })
  .meta(
    words({
      en: ['Aliyun SMS', 'Text messages by templates that Aliyun has approved'],
      zh: ['阿里云短信', '通过阿里云审核的模板发送短信'],
    }),
  )
export type AliyunSettings = z.output<typeof aliyunSettingsSchema>

/** Of templates and variables. */
export const ALIYUN_LIMITS: Limits = {
  valueChars: 35,
  textChars: 500,
  otp: /^\d{4,6}$/,
  otpWords: 'a code of 4 to 6 digits',
  wayOut: 'ends marketing',
}
