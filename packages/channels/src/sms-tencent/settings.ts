import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { receiptTokenSchema, secretSchema } from '../secrets.ts'
import { bindingsSchema, signNameSchema, type Limits } from '../sms/binding.ts'

export const tencentSettingsSchema = z
  .strictObject({
    secret_id: z
      .string()
      .min(1)
      .max(128)
      .meta(
        words({
          en: ['SecretId', 'Of a user that may send text messages'],
          zh: ['SecretId', '属于有短信发送权限的用户'],
        }),
      ),
    secret_key: secretSchema({
      en: ['SecretKey', 'Belongs to the SecretId'],
      zh: ['SecretKey', '与 SecretId 配对'],
    }),
    sdk_app_id: z
      .string()
      .regex(/^\d{6,20}$/, 'expected the digits of an SdkAppId, such as 1400006666')
      .meta(
        words(
          {
            en: ['SdkAppId', 'Of the application in the SMS console'],
            zh: ['SdkAppId', '短信控制台中的应用编号'],
          },
          { examples: ['1400006666'] },
        ),
      ),
    sign_name: signNameSchema({
      en: ['Signature', 'As approved: its text without 【】, not its id'],
      zh: ['短信签名', '已审核通过的签名内容，不含【】，不是签名编号'],
    }),
    templates: bindingsSchema(/^\d{1,20}$/, '449739'),
    receipt_token: receiptTokenSchema(),
    region: z
      .string()
      .regex(/^[a-z]{2}-[a-z]+(?:-\d)?$/, 'expected a region such as ap-guangzhou')
      .default('ap-guangzhou')
      .meta(words({ en: ['Region', 'Of the API'], zh: ['地域', '接口所在地域'] })),
    base_url: baseUrlSchema('https://sms.tencentcloudapi.com'),
  })
  .meta(
    words({
      en: ['Tencent Cloud SMS', 'Text messages by templates that Tencent has approved'],
      zh: ['腾讯云短信', '通过腾讯云审核的模板发送短信'],
    }),
  )
export type TencentSettings = z.output<typeof tencentSettingsSchema>

/** Of templates and variables. The page gives no limit of a single value but that of the text. */
export const TENCENT_LIMITS: Limits = {
  valueChars: 500,
  textChars: 500,
  otp: /^\d{1,6}$/,
  otpWords: 'a code of at most 6 digits',
  wayOut: 'in marketing',
}
