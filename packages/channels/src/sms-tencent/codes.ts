/** Codes as Tencent Cloud documents them for SendSms, with its spelling; the class of each is our judgement. */
import type { CodeTable } from '../provider-codes.ts'

const HOUR_MS = 3_600_000

export const TENCENT_CODES: CodeTable<'unknown'> = {
  'RequestLimitExceeded.*': ['rate_limited', 'account'],
  'InternalError.*': ['provider_down', 'provider'],
  // "The request to send timed out": whether the carrier has it is open.
  'InternalError.Timeout': 'unknown',
  // Rolling: the page does not say when an hour or a day begins.
  'LimitExceeded.PhoneNumberThirtySecondLimit': ['rate_limited', 'recipient', { retryAfterMs: 30_000 }],
  'LimitExceeded.PhoneNumberOneHourLimit': ['rate_limited', 'recipient', { retryAfterMs: HOUR_MS }],
  'LimitExceeded.PhoneNumberDailyLimit': ['rate_limited', 'recipient', { retryAfterMs: 24 * HOUR_MS }],
  'LimitExceeded.PhoneNumberSameContentDailyLimit': ['rate_limited', 'recipient', { retryAfterMs: 24 * HOUR_MS }],
  'LimitExceeded.DeliveryFrequencyLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.AppDailyLimit': ['quota', 'account'],
  'LimitExceeded.AppMainlandChinaDailyLimit': ['quota', 'account'],
  'LimitExceeded.AppGlobalDailyLimit': ['quota', 'account'],
  'LimitExceeded.DailyLimit': ['quota', 'account'],
  'LimitExceeded.PhoneNumberCountLimit': ['config', 'message'],
  'FailedOperation.InsufficientBalanceInSmsPackage': ['quota', 'account'],
  'UnauthorizedOperation.SerivceSuspendDueToArrears': ['quota', 'account'],
  'FailedOperation.PhoneNumberInBlacklist': ['unsubscribed', 'recipient', { suppress: 'carrier_blacklist' }],
  'InvalidParameterValue.IncorrectPhoneNumber': ['invalid_recipient', 'recipient'],
  'FailedOperation.ContainSensitiveWord': ['content', 'message'],
  'InvalidParameterValue.ContentLengthLimit': ['content', 'message'],
  'InvalidParameterValue.TemplateParameterFormatError': ['content', 'message'],
  'InvalidParameterValue.TemplateParameterLengthLimit': ['content', 'message'],
  'FailedOperation.SignatureIncorrectOrUnapproved': ['template', 'message'],
  'FailedOperation.TemplateIncorrectOrUnapproved': ['template', 'message'],
  'AuthFailure.*': ['auth', 'account'],
  'UnauthorizedOperation.RequestIpNotInWhitelist': ['auth', 'account'],
  'UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber': ['config', 'message'],
}
