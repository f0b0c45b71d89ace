/** What the finished messages of a large store are like: something common, something rare and something absent of each filter. */
import type { Channel, MessageState } from '@signalbox/contracts'

export interface Shape {
  channel: Channel
  templateId: number
  serviceId: number
  state: MessageState
  error: readonly [code: string, text: string] | null
  inTask: boolean
}

/** Messages of the one batch, in the middle. */
export const TASK_MESSAGES = 2_000
export const RARE = { channel: 'wechat', templateId: 3, serviceId: 3, error: '421' } as const
export const COMMON = { channel: 'sms', templateId: 2, serviceId: 2, error: '550' } as const
/** One in so many. */
const RARE_SHARE = 20_000
const FAILED_SHARE = 100
const UNKNOWN_SHARE = 5_000

/** Of the i-th of so many. The first template is the one that is also sent with later. */
export function shapeOf(i: number, messages: number, firstTemplate: number): Shape {
  const rare = i % RARE_SHARE === 17
  const failed = i % FAILED_SHARE === 7
  const unknown = i % UNKNOWN_SHARE === 13
  const inTask = i >= Math.floor(messages / 2) && i < Math.floor(messages / 2) + TASK_MESSAGES
  return {
    channel: rare ? RARE.channel : i % 3 === 0 ? COMMON.channel : 'app',
    templateId: firstTemplate + (rare ? RARE.templateId : i % 4 === 0 ? COMMON.templateId : 0),
    serviceId: rare ? RARE.serviceId : i % 5 === 0 ? COMMON.serviceId : 1,
    state: failed ? 'failed' : unknown ? 'unknown' : i % 2 === 0 ? 'sent' : 'delivered',
    error: failed
      ? i % (FAILED_SHARE * 200) === 7
        ? [RARE.error, 'mailbox is full']
        : [COMMON.error, 'no such recipient']
      : unknown
        ? ['timeout', 'no answer']
        : null,
    inTask,
  }
}
