import { z } from 'zod'
import { words, type Words } from '../form.ts'
import { spreadSchema } from './spread.ts'

/** A share of 1. */
const rate = (of: Words, standard = 0) => z.number().min(0).max(1).default(standard).meta(words(of))

const spread = (of: Words) => spreadSchema.default({ min: 0, max: 0 }).meta(words(of))

/** How the sandbox behaves. Rates are shares of 1 and exclude each other. */
export const sandboxSettingsSchema = z
  .strictObject({
    latency_ms: spread({
      en: ['Latency', "Until the provider's answer, in milliseconds"],
      zh: ['延迟', '服务商应答前的时间，单位毫秒'],
    }),
    error_rate: rate({
      en: ['Error rate', "Share refused with an error that this channel's providers really give"],
      zh: ['失败比例', '以该渠道服务商真实会给出的错误拒绝的比例'],
    }),
    unknown_rate: rate({
      en: ['Unknown rate', 'Share that is taken, but whose answer is lost'],
      zh: ['未知比例', '已接收但应答丢失的比例'],
    }),
    rate_limit_rate: rate({ en: ['429 rate', 'Share answered 429'], zh: ['限流比例', '应答 429 的比例'] }),
    retry_after_ms: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(1000)
      .meta(
        words({
          en: ['Retry after', 'What a 429 says, in milliseconds'],
          zh: ['重试等待', '应答 429 时给出的等待时间，单位毫秒'],
        }),
      ),
    receipt: z
      .strictObject({
        delivered_rate: rate({ en: ['Delivered', 'Share that arrives'], zh: ['送达比例', '送达的比例'] }, 1),
        read_rate: rate({ en: ['Read', 'Share of those delivered'], zh: ['已读比例', '送达后被阅读的比例'] }),
        delay_ms: spread({
          en: ['Delay', 'From the answer to delivered, and again from there to read, in milliseconds'],
          zh: ['延迟', '从应答到送达，以及从送达到已读的时间，单位毫秒'],
        }),
      })
      .optional()
      .meta(
        words({
          en: ['Receipts', 'What comes back later. Left out: sent is as far as a message goes'],
          zh: ['回执', '之后返回的结果。留空则消息止于已发送'],
        }),
      ),
    seed: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .optional()
      .meta(
        words({
          en: ['Seed', 'The same seed and order of sends give the same results. Left out: different at each start'],
          zh: ['随机种子', '相同的种子和发送顺序得到相同的结果。留空则每次启动不同'],
        }),
      ),
    sign_name: z
      .string()
      .min(1)
      .max(20)
      .optional()
      .meta(
        words({
          en: ['Signature', "Put before a text message's content as 【…】, as the carriers do"],
          zh: ['短信签名', '像运营商那样以【…】加在短信内容之前'],
        }),
      ),
  })
  .refine((raw) => raw.error_rate + raw.unknown_rate + raw.rate_limit_rate <= 1, {
    error: 'expected error_rate, unknown_rate and rate_limit_rate to add up to at most 1',
    path: ['error_rate'],
  })
  .meta(
    words({
      en: ['Sandbox', 'Sends nothing: it keeps what would have been sent, with set latency, errors and receipts'],
      zh: ['沙箱', '不真正发送：保留本应发送的内容，可设延迟、错误和回执'],
    }),
  )

export type SandboxSettings = z.output<typeof sandboxSettingsSchema>
