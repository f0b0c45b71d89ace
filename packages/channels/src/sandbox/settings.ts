import { z } from 'zod'
import { words } from '../form.ts'
import { spreadSchema } from './spread.ts'

const rate = z.number().min(0).max(1).default(0)

/** How the sandbox behaves. Rates are shares of 1 and exclude each other. */
export const sandboxSettingsSchema = z
  .strictObject({
    /** Until the provider's answer. */
    latency_ms: spreadSchema.default({ min: 0, max: 0 }),
    /** Refused with an error that this channel's providers really give. */
    error_rate: rate,
    /** Taken, but the answer is lost. */
    unknown_rate: rate,
    /** Answered 429. */
    rate_limit_rate: rate,
    retry_after_ms: z.int().min(0).max(3_600_000).default(1000),
    /** What comes back later. Left out: `sent` is as far as a message goes. */
    receipt: z
      .strictObject({
        delivered_rate: z.number().min(0).max(1).default(1),
        /** Of those delivered. */
        read_rate: rate,
        /** From the answer to `delivered`, and again from there to `read`. */
        delay_ms: spreadSchema.default({ min: 0, max: 0 }),
      })
      .optional(),
    /** The same seed and the same order of sends give the same results. Left out: different at each start. */
    seed: z.int().min(0).max(0xffff_ffff).optional(),
    /** Put before a text message's content as 【…】, as the carriers do. */
    sign_name: z.string().min(1).max(20).optional(),
  })
  .refine((raw) => raw.error_rate + raw.unknown_rate + raw.rate_limit_rate <= 1, {
    error: 'expected error_rate, unknown_rate and rate_limit_rate to add up to at most 1',
    path: ['error_rate'],
  })
  .meta(words({ en: ['Sandbox'], zh: ['沙箱'] }))

export type SandboxSettings = z.output<typeof sandboxSettingsSchema>
