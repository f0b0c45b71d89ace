import { z } from 'zod'
import { words } from '../form.ts'

const DAY_MS = 86_400_000

/** How long messages wait for the devices of a user, and how many of them. */
export const inboxSettingsSchema = z
  .strictObject({
    ttl_ms: z
      .int()
      .min(60_000)
      .max(30 * DAY_MS)
      .default(7 * DAY_MS)
      .meta(
        words({
          en: ['Time to live', 'How long a message waits for a device, in ms; what none has taken by then has failed'],
          zh: ['有效期', '消息等待设备接收的时长（毫秒）；到期仍未被任何设备接收则记为失败'],
        }),
      ),
    keep_messages: z
      .int()
      .min(1)
      .max(1_000)
      .default(100)
      .meta(
        words({
          en: ['Messages kept per user', 'The newest; what is displaced before a device has taken it has failed'],
          zh: ['每位用户保留条数', '保留最新的；未被接收就被挤出的消息记为失败'],
        }),
      ),
    ack_timeout_ms: z
      .int()
      .min(1_000)
      .max(60_000)
      .default(10_000)
      .meta(
        words({
          en: ['Acknowledgement timeout', 'After so many ms without one the connection of a device is closed'],
          zh: ['确认超时', '设备超过该时长（毫秒）未确认，则断开其连接'],
        }),
      ),
  })
  .meta(words({ en: ['In-app inbox'], zh: ['应用内收件箱'] }))

export type InboxSettings = z.output<typeof inboxSettingsSchema>
