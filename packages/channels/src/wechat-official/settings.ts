import { z } from 'zod'
import { words } from '../form.ts'
import { baseUrlSchema } from '../http/base-url.ts'
import { secretSchema } from '../secrets.ts'

const fieldSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .meta(words({ en: ['Variable', 'Its name in our template'], zh: ['变量', '在我们的模板中的名称'] })),
  param: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/i, 'expected the name of a field such as thing1')
    .meta(
      words(
        {
          en: ["WeChat's field", 'thing1 of {{thing1.DATA}}'],
          zh: ['微信字段', '{{thing1.DATA}} 中的 thing1'],
        },
        { examples: ['thing1'] },
      ),
    ),
})

const miniprogramSchema = z.strictObject({
  appid: z
    .string()
    .regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits')
    .meta(words({ en: ['AppID', 'Of the mini program'], zh: ['AppID', '小程序的 AppID'] })),
  pagepath: z
    .string()
    .max(500)
    .optional()
    .meta(words({ en: ['Page', 'Path in the mini program'], zh: ['页面', '小程序内的路径'] })),
})

const bindingSchema = z.strictObject({
  template_id: z
    .int()
    .min(1)
    .meta(words({ en: ['Template', 'Id of our template'], zh: ['模板', '我们的模板编号'] })),
  code: z
    .string()
    .regex(/^[A-Za-z0-9_-]{20,64}$/, 'expected the id of a template of the account')
    .meta(words({ en: ["WeChat's template", 'Its id in the account'], zh: ['微信模板', '公众号内的模板 ID'] })),
  kind: z
    .enum(['template', 'subscribe'])
    .default('template')
    .meta(
      words({
        en: ['Kind', 'Template message, or subscription notice, of which each subscription allows one'],
        zh: ['类型', '模板消息，或每次订阅只能发一条的订阅通知'],
      }),
    ),
  variables: z
    .array(fieldSchema)
    .min(1)
    .max(20)
    .meta(words({ en: ['Fields', 'Which variable goes into which field'], zh: ['字段', '哪个变量填入哪个字段'] })),
  url: z
    .string()
    .max(1_000)
    .regex(/^https?:\/\//, 'expected http:// or https://')
    .optional()
    .meta(
      words({
        en: ['Page', 'Behind the message; {{variable}} is replaced, percent-encoded'],
        zh: ['跳转页面', '点击消息后打开；{{变量}} 会被替换并做百分号编码'],
      }),
    ),
  miniprogram: miniprogramSchema
    .optional()
    .meta(words({ en: ['Mini program', 'Behind the message'], zh: ['小程序', '点击消息后打开'] })),
})

/** An official account (公众号). */
export const wechatSettingsSchema = z
  .strictObject({
    appid: z
      .string()
      .regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits')
      .meta(words({ en: ['AppID', 'Of the account'], zh: ['AppID', '公众号的 AppID'] })),
    secret: secretSchema({
      en: ['AppSecret', 'Belongs to the AppID'],
      zh: ['AppSecret', '与 AppID 配对'],
    }),
    templates: z
      .array(bindingSchema)
      .max(1_000)
      .refine((all) => new Set(all.map(({ template_id: id }) => id)).size === all.length, {
        error: 'expected each of our templates once',
      })
      .default([])
      .meta(
        words({
          en: ['Templates', "Which of WeChat's templates stands for which of ours"],
          zh: ['模板对应', '微信的哪个模板对应我们的哪个模板'],
        }),
      ),
    callback_token: secretSchema({
      en: ['Callback token', 'The Token of the server configuration. Left out: no receipts'],
      zh: ['回调 Token', '服务器配置中的 Token。留空则没有回执'],
    }).optional(),
    callback_aes_key: secretSchema(
      {
        en: ['EncodingAESKey', 'Of the server configuration. With it only the safe mode is taken (recommended)'],
        zh: ['EncodingAESKey', '服务器配置中的消息加解密密钥。填写后只接受安全模式（推荐）'],
      },
      z.string().regex(/^[A-Za-z0-9+/]{43}$/, 'expected the 43 letters and digits of an EncodingAESKey'),
    ).optional(),
    base_url: baseUrlSchema('https://api.weixin.qq.com'),
  })
  .refine((raw) => raw.callback_aes_key === undefined || raw.callback_token !== undefined, {
    error: 'expected callback_token together with callback_aes_key, got one of them',
    path: ['callback_token'],
  })
  .meta(
    words(
      {
        en: ['WeChat official account', 'Template messages and subscription notices to followers'],
        zh: ['微信公众号', '向关注者发送模板消息和订阅通知'],
      },
      { dependentRequired: { callback_aes_key: ['callback_token'] } },
    ),
  )

export type WechatSettings = z.output<typeof wechatSettingsSchema>
export type WechatBinding = WechatSettings['templates'][number]
