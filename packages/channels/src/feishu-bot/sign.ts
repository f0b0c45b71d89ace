import { createHmac } from 'node:crypto'

/**
 * Of the two parts the string `timestamp \n secret` is the key and the message is empty: the reverse of DingTalk.
 * `at` is seconds; Feishu takes it for an hour.
 */
export function feishuSign(at: number, secret: string): string {
  return createHmac('sha256', `${at}\n${secret}`).digest('base64')
}
