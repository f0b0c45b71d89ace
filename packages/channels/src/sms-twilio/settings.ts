import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { secretSchema } from '../secrets.ts'

const sid = (letters: string, what: string) =>
  z.string().regex(new RegExp(`^${letters}[0-9a-fA-F]{32}$`), `expected ${what}: ${letters} and 32 hexadecimal digits`)

export const twilioSettingsSchema = z
  .strictObject({
    account_sid: sid('AC', 'an account SID').meta(
      words({ en: ['Account SID', 'AC and 32 digits'], zh: ['Account SID', 'AC 加 32 位十六进制数'] }),
    ),
    auth_token: secretSchema({
      en: ['Auth token', 'Of the account; it also signs receipts'],
      zh: ['Auth Token', '账号的令牌，回执也由它签名'],
    }),
    api_key_sid: sid('SK', 'an API key SID')
      .optional()
      .meta(
        words({
          en: ['API key SID', 'To send with in place of the auth token'],
          zh: ['API Key SID', '代替 Auth Token 用于发送'],
        }),
      ),
    api_key_secret: secretSchema({
      en: ['API key secret', 'Belongs to the API key SID'],
      zh: ['API Key Secret', '与 API Key SID 配对'],
    }).optional(),
    from: z
      .string()
      .regex(
        /^(?:\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
        'expected +15005550006, a short code or a sender name',
      )
      .optional()
      .meta(
        words(
          {
            en: ['From', 'Number, short code or name to send from'],
            zh: ['发送方', '发送号码、短代码或名称'],
          },
          { examples: ['+15005550006'] },
        ),
      ),
    messaging_service_sid: sid('MG', 'a messaging service SID')
      .optional()
      .meta(
        words({
          en: ['Messaging service SID', 'To send from, in place of one number'],
          zh: ['Messaging Service SID', '代替单个号码发送'],
        }),
      ),
    callback_url: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .refine((url) => !/[?#]/.test(url), 'expected an address without ? and #')
      .refine((url) => !URL.parse(url)?.password, 'expected an address without user and password: receipts are signed')
      .optional()
      .meta(
        words(
          {
            en: [
              'Receipt address',
              'Public address of /callbacks/<service id>, as Twilio calls it. Left out: no receipts',
            ],
            zh: ['回执地址', 'Twilio 调用的公网地址 /callbacks/<服务编号>。留空则没有回执'],
          },
          { examples: ['https://signalbox.example.com/callbacks/7'] },
        ),
      ),
    validity_seconds: z
      .int()
      .min(1)
      .max(36_000)
      .optional()
      .meta(
        words({
          en: ['Validity', 'How long Twilio may hold the message, in seconds'],
          zh: ['有效期', 'Twilio 最多保留消息的时间，单位秒'],
        }),
      ),
    base_url: baseUrlSchema('https://api.twilio.com'),
  })
  .refine((raw) => (raw.from === undefined) !== (raw.messaging_service_sid === undefined), {
    error: 'expected from or messaging_service_sid, one of them',
    path: ['from'],
  })
  .refine((raw) => (raw.api_key_sid === undefined) === (raw.api_key_secret === undefined), {
    error: 'expected api_key_sid and api_key_secret together, got one of them',
    path: ['api_key_secret'],
  })
  .meta(
    words(
      {
        en: ['Twilio SMS', 'Text messages in our own words'],
        zh: ['Twilio 短信', '直接发送自己的文本'],
      },
      {
        oneOf: [{ required: ['from'] }, { required: ['messaging_service_sid'] }],
        dependentRequired: { api_key_sid: ['api_key_secret'], api_key_secret: ['api_key_sid'] },
      },
    ),
  )
export type TwilioSettings = z.output<typeof twilioSettingsSchema>
