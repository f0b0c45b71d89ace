/** Codes as Tencent Cloud documents them for SendSms, with its spelling; the class of each is our judgement. */
import type { CodeTable } from '../sms/codes.ts'

export const TENCENT_CODES: CodeTable = {
  'RequestLimitExceeded.*': ['rate_limited', 'account'],
  'InternalError.*': ['provider_down', 'provider'],
  // "The request to send timed out": whether the carrier has it is open.
  'InternalError.Timeout': 'unknown',
  'LimitExceeded.PhoneNumberThirtySecondLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.PhoneNumberOneHourLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.PhoneNumberDailyLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.PhoneNumberSameContentDailyLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.DeliveryFrequencyLimit': ['rate_limited', 'recipient'],
  'LimitExceeded.AppDailyLimit': ['quota', 'account'],
  'LimitExceeded.AppMainlandChinaDailyLimit': ['quota', 'account'],
  'LimitExceeded.AppGlobalDailyLimit': ['quota', 'account'],
  'LimitExceeded.DailyLimit': ['quota', 'account'],
  'LimitExceeded.PhoneNumberCountLimit': ['config', 'message'],
  'FailedOperation.InsufficientBalanceInSmsPackage': ['quota', 'account'],
  'UnauthorizedOperation.SerivceSuspendDueToArrears': ['quota', 'account'],
  'FailedOperation.PhoneNumberInBlacklist': ['unsubscribed', 'recipient', 'carrier_blacklist'],
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

/** How long a number stays over the limit that the code names. Rolling: the page does not say when a day or hour begins. */
export const TENCENT_WINDOWS: Readonly<Record<string, number>> = {
  'LimitExceeded.PhoneNumberThirtySecondLimit': 30_000,
  'LimitExceeded.PhoneNumberOneHourLimit': 3_600_000,
  'LimitExceeded.PhoneNumberDailyLimit': 86_400_000,
  'LimitExceeded.PhoneNumberSameContentDailyLimit': 86_400_000,
}
