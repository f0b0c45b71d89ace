/** Settings that bots of several providers share. */
import { z } from 'zod'
import { words } from '../form.ts'
import { GROUP_FORMATS } from './text.ts'

export const groupIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'expected 1-64 letters, digits and . _ : -')
  .meta(
    words(
      {
        en: [
          'Group id',
          'The recipient that stands for the group of this bot. Bots of other providers with the same id stand in for each other',
        ],
        zh: ['群标识', '代表本机器人所在群的接收方。不同平台的机器人使用相同标识即可互为备用'],
      },
      { examples: ['ops-night'] },
    ),
  )

export const formatSchema = z
  .enum(GROUP_FORMATS)
  .default('text')
  .meta(
    words({
      en: ['Format', 'How templates are written: plain text or Markdown'],
      zh: ['格式', '模板的写法：纯文本或 Markdown'],
    }),
  )

export const keywordSchema = () =>
  z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta(
      words({
        en: ['Keyword', 'That the bot demands: a message without it is refused before it is sent'],
        zh: ['关键词', '机器人要求的关键词，不含它的消息在发送前即被拒绝'],
      }),
    )
