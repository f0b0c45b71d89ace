import { createHmac } from 'node:crypto'

/** The secret is the key, `timestamp \n secret` the message: the reverse of Feishu. `at` is milliseconds. Not yet percent-encoded. */
export function dingtalkSign(at: number, secret: string): string {
  return createHmac('sha256', secret).update(`${at}\n${secret}`).digest('base64')
}
