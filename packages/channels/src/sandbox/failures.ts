/** Errors as the providers of each channel give them; CHANNELS.md names the source of each code. */
import type { Channel } from '@signalbox/contracts'
import type { FailureCategory, FailureScope, Outcome } from '../adapter.ts'
import type { Random } from './random.ts'

type Failure = Extract<Outcome, { status: 'failed' }>
type Row = readonly [weight: number, FailureCategory, FailureScope, code: string, detail: string]

/** Weights are relative within a channel; most failures in the field are the recipient's, few the provider's. */
const FAILURES: Record<Channel, readonly [Row, ...Row[]]> = {
  sms: [
    [5, 'invalid_recipient', 'recipient', 'isv.MOBILE_NUMBER_ILLEGAL', '号码格式错误或为空号'],
    [3, 'unsubscribed', 'recipient', 'FailedOperation.PhoneNumberInBlacklist', '用户退订或命中运营商免打扰名单'],
    [2, 'provider_down', 'provider', 'isp.SYSTEM_ERROR', '服务提供商系统异常'],
    [1, 'content', 'message', 'isv.BLACK_KEY_CONTROL_LIMIT', '内容含有平台不允许发送的关键词'],
  ],
  email: [
    [5, 'invalid_recipient', 'recipient', '550 5.1.1', 'RCPT TO: 550 5.1.1 The email account does not exist'],
    [2, 'provider_down', 'recipient', '452 4.2.2', 'RCPT TO: 452 4.2.2 Mailbox full'],
    [2, 'provider_down', 'provider', '421 4.3.2', 'CONN: 421 4.3.2 Service shutting down'],
    [1, 'content', 'message', '554 5.7.1', 'DATA: 554 5.7.1 Message rejected as spam'],
  ],
  app: [
    [5, 'invalid_recipient', 'recipient', 'UNREGISTERED', 'The registration token is no longer registered'],
    [2, 'provider_down', 'provider', 'UNAVAILABLE', 'The push service is overloaded'],
    [1, 'content', 'message', 'INVALID_ARGUMENT', 'Payload larger than 4096 bytes'],
  ],
  wechat: [
    [4, 'unsubscribed', 'recipient', '43004', 'require subscribe: the user does not follow the account'],
    [3, 'unsubscribed', 'recipient', '43101', 'user refuse to accept the msg'],
    [2, 'invalid_recipient', 'recipient', '40003', 'invalid openid'],
    [2, 'provider_down', 'provider', '-1', 'system busy'],
    [1, 'content', 'message', '47003', 'argument invalid! data.thing1.value invalid'],
  ],
  feishu: [
    [3, 'content', 'message', '19024', 'Key Words Not Found'],
    [2, 'provider_down', 'provider', '9499', 'Bad Request: the bot gateway is busy'],
    [1, 'invalid_recipient', 'recipient', '19001', 'param invalid: incoming webhook access token invalid'],
  ],
}

export function pickFailure(channel: Channel, random: Random): Failure {
  const rows = FAILURES[channel]
  let left = random() * rows.reduce((sum, [weight]) => sum + weight, 0)
  const [, category, scope, code, detail] = rows.find(([weight]) => (left -= weight) < 0) ?? rows[0]
  return { status: 'failed', category, scope, code, detail }
}

const RATE_LIMITED: Record<Channel, readonly [code: string, detail: string]> = {
  sms: ['Throttling.User', 'Request was denied due to user flow control (429)'],
  email: ['454 4.7.0', 'DATA: 454 4.7.0 Throttling failure: Maximum sending rate exceeded'],
  app: ['QUOTA_EXCEEDED', 'Sending limit exceeded for the project (429)'],
  wechat: ['45011', 'api minute-quota reached, must slower, retry next minute'],
  feishu: ['11232', 'frequency limited: frequency limited psm'],
}

export function rateLimited(channel: Channel, retryAfterMs: number): Failure {
  const [code, detail] = RATE_LIMITED[channel]
  return { status: 'failed', category: 'rate_limited', scope: 'account', code, detail, retryAfterMs }
}
