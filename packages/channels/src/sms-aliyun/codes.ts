/** Codes as Aliyun documents them for SendSms; the class of each is our judgement. See docs/channels.md. */
import type { CodeTable } from '../provider-codes.ts'

export const ALIYUN_CODES: CodeTable = {
  'isp.SYSTEM_ERROR': ['provider_down', 'provider'],
  ServiceUnavailable: ['provider_down', 'provider'],
  Throttling: ['rate_limited', 'account'],
  'Throttling.*': ['rate_limited', 'account'],
  'isv.BUSINESS_LIMIT_CONTROL': ['rate_limited', 'recipient'],
  'isv.DAY_LIMIT_CONTROL': ['quota', 'account'],
  'isv.MONTH_LIMIT_CONTROL': ['quota', 'account'],
  'isv.AMOUNT_NOT_ENOUGH': ['quota', 'account'],
  'isv.OUT_OF_SERVICE': ['quota', 'account'],
  'isv.MOBILE_NUMBER_ILLEGAL': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
  'isv.MOBILE_COUNT_OVER_LIMIT': ['config', 'message'],
  'isv.BLACK_KEY_CONTROL_LIMIT': ['content', 'message'],
  'isv.PARAM_NOT_SUPPORT_URL': ['content', 'message'],
  'isv.PARAM_LENGTH_LIMIT': ['content', 'message'],
  'isv.SMS_CONTENT_ILLEGAL': ['content', 'message'],
  'isv.SMS_TEMPLATE_ILLEGAL': ['template', 'message'],
  'isv.SMS_SIGNATURE_ILLEGAL': ['template', 'message'],
  'isv.SMS_SIGNATURE_SCENE_ILLEGAL': ['template', 'message'],
  'isv.TEMPLATE_MISSING_PARAMETERS': ['template', 'message'],
  'isv.INVALID_JSON_PARAM': ['template', 'message'],
  'isp.RAM_PERMISSION_DENY': ['auth', 'account'],
  'isv.ACCOUNT_ABNORMAL': ['auth', 'account'],
  'isv.PRODUCT_UN_SUBSCRIPT': ['config', 'account'],
  'isv.DENY_IP_RANGE': ['auth', 'account'],
  SignatureDoesNotMatch: ['auth', 'account'],
  'InvalidAccessKeyId.*': ['auth', 'account'],
  'Forbidden.*': ['auth', 'account'],
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * How long the carrier's window of one number stays full: `触发分钟级流控Permits:1`. Minutes and hours are those of the clock in
 * UTC+8, which turn when ours do; a day runs 24 hours from the send.
 */
export function windowMs(message: string, now: number): number | undefined {
  if (message.includes('分钟级')) return MINUTE_MS - (now % MINUTE_MS)
  if (message.includes('小时级')) return HOUR_MS - (now % HOUR_MS)
  return message.includes('天级') ? DAY_MS : undefined
}
