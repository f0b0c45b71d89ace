/** Tencent Cloud SMS as documented: SendSms, PullSmsSendStatusByPhoneNumber, and status reports to our address. */
import type { ManualAfter } from '../support/manual-after.ts'
import { createCourier, post, type Courier, type CourierTerms } from './courier.ts'
import type { TwinReply, TwinRequest } from './http-twin.ts'
import { Complaint, plainHeaders, startJudgingTwin, type JudgingTwin } from './judging-twin.ts'
import type { Verifier } from './verifier.ts'

export interface TencentSms {
  phone: string
  sign: string
  template: string
  params: string[]
  context: string
  serial: string
  at: number
}

export interface TencentTwin extends JudgingTwin {
  taken: TencentSms[]
  /** Posts the reports of these messages in one call. `withExt`: the account has asked for our context in them. */
  report(
    to: string,
    messages: readonly TencentSms[],
    how?: { success?: boolean; withExt?: boolean },
  ): Promise<{ status: number; text: string }>
  /** Posts what one phone has answered. */
  answer(to: string, answer: { mobile: string; text: string }): Promise<{ status: number; text: string }>
  /** From now on brings a report of each message there by itself. */
  bring(to: string, clock: ManualAfter): Courier<TencentSms>
}

/** Two more calls are documented, when they come is not. */
const TERMS: CourierTerms = {
  ...{ batch: 100, delayMs: 2_000, patienceMs: 5_000, againAfterMs: [60_000, 60_000] },
  isTaken: ({ status, text }) => status === 200 && /"result"\s*:\s*0/.test(text),
}

export const TENCENT_KEY = { id: 'AKID-twin-key', secret: 'twin-secret-of-tencent' }
const APP = '1400006666'
const RequestId = 'a0aabda6-cf91-4f3e-a81f-9198114a2279'
const ok = (fields: object): TwinReply => ({ body: { Response: { ...fields, RequestId } } })
const refused = (Code: string): TwinReply => ({ body: { Response: { Error: { Code, Message: Code }, RequestId } } })

function expect(holds: boolean, what: string, code: string): asserts holds {
  if (!holds) throw new Complaint(what, refused(code))
}

export async function startTencentTwin(): Promise<TencentTwin> {
  const taken: TencentSms[] = []
  let courier: Courier<TencentSms> | null = null

  async function provider(request: TwinRequest, verifier: Verifier): Promise<TwinReply> {
    const action = await checkSignature(request, verifier)
    const body = JSON.parse(request.body.toString('utf8')) as Record<string, unknown>
    expect(body['SmsSdkAppId'] === APP, 'SmsSdkAppId', 'UnauthorizedOperation.SmsSdkAppIdVerifyFail')
    if (action === 'PullSmsSendStatusByPhoneNumber') return pull(body, taken)
    expect(action === 'SendSms', 'the action', 'InvalidAction')
    const sms = readSms(body, taken.length)
    taken.push(sms)
    courier?.add(sms)
    const status = { SerialNo: sms.serial, PhoneNumber: sms.phone, Fee: 1, SessionContext: sms.context }
    return ok({ SendStatusSet: [{ ...status, Code: 'Ok', Message: 'send success', IsoCode: 'CN' }] })
  }

  return {
    ...(await startJudgingTwin(provider)),
    taken,
    answer(to, { mobile, text }) {
      const body = JSON.stringify({ extend: '', mobile, nationcode: '86', sign: '信号楼', text, time: 1_768_464_005 })
      return post(to, body, JSON_TYPE)
    },
    report: (to, messages, { success = true, withExt = false } = {}) =>
      post(to, reportsOf(messages, success, withExt), JSON_TYPE),
    bring(to, clock) {
      const call = (messages: readonly TencentSms[], signal: AbortSignal) =>
        post(to, reportsOf(messages, true, false), JSON_TYPE, signal)
      return (courier = createCourier(TERMS, clock, call))
    },
  }
}

async function checkSignature(request: TwinRequest, verifier: Verifier): Promise<string> {
  const { method, url, body } = request
  const headers = plainHeaders(request)
  expect(method === 'POST' && url === '/', 'POST /', 'InvalidAction')
  expect(headers['content-type'] === 'application/json; charset=utf-8', 'Content-Type', 'InvalidParameter')
  expect(headers['x-tc-version'] === '2021-01-11', 'X-TC-Version', 'NoSuchVersion')
  expect(/^[a-z]{2}-[a-z]+/.test(headers['x-tc-region'] ?? ''), 'X-TC-Region', 'UnsupportedRegion')
  const age = Math.abs(Number(headers['x-tc-timestamp']) - Date.now() / 1000)
  expect(age < 300, 'a fresh X-TC-Timestamp', 'AuthFailure.SignatureExpire')
  const known = headers['authorization']?.includes(`Credential=${TENCENT_KEY.id}/`) === true
  expect(known, 'the SecretId', 'AuthFailure.SecretIdNotFound')
  expect(headers['authorization']?.includes('/sms/tc3_request,') === true, 'the scope', 'AuthFailure.SignatureFailure')
  const verdict = await verifier.verify({ scheme: 'tc3', secret: TENCENT_KEY.secret, method, url, headers, body })
  expect(verdict.ok, `the signature: ${verdict.why}`, 'AuthFailure.SignatureFailure')
  return headers['x-tc-action'] ?? ''
}

const SEND_FIELDS = new Set(
  ['PhoneNumberSet', 'SmsSdkAppId', 'TemplateId', 'SignName', 'TemplateParamSet'].concat([
    'ExtendCode',
    'SessionContext',
    'SenderId',
  ]),
)

function readSms(body: Record<string, unknown>, before: number): TencentSms {
  const { PhoneNumberSet: phones, SignName: sign, TemplateId: template, TemplateParamSet: params = [] } = body
  const { SessionContext: context = '' } = body
  expect(
    Object.keys(body).every((name) => SEND_FIELDS.has(name)),
    'the parameters',
    'UnknownParameter',
  )
  expect(isTexts(phones) && phones.length <= 200, 'PhoneNumberSet', 'InvalidParameter')
  const [phone = ''] = phones
  expect(/^\+\d{6,20}$/.test(phone), 'a number in E.164', 'InvalidParameterValue.IncorrectPhoneNumber')
  expect(typeof sign === 'string' && !/[【】]/.test(sign), 'SignName', 'InvalidParameter')
  expect(typeof template === 'string' && /^\d+$/.test(template), 'TemplateId', 'InvalidParameter')
  expect(isTexts(params), 'TemplateParamSet', 'InvalidParameterValue.TemplateParameterFormatError')
  expect(typeof context === 'string' && context.length < 512, 'SessionContext', 'InvalidParameter')
  const serial = `5000:10457106691570536578494996${before}`
  return { phone, sign, template, params, context, serial, at: Date.now() }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function pull(body: Record<string, unknown>, taken: readonly TencentSms[]): TwinReply {
  const { BeginTime, EndTime, Offset, Limit, PhoneNumber } = body
  const good = [BeginTime, EndTime, Offset, Limit].every(Number.isInteger) && Offset === 0 && Number(Limit) <= 100
  expect(good, 'the parameters of the look-up', 'InvalidParameter')
  const listed = taken.filter(({ phone, at }) => phone === PhoneNumber && at / 1000 >= Number(BeginTime))
  return ok({
    PullSmsSendStatusSet: listed.map((sms) => ({
      ...{ UserReceiveTime: Math.floor(sms.at / 1000), CountryCode: '86', SubscriberNumber: sms.phone.slice(3) },
      ...{ PhoneNumber: sms.phone, SerialNo: sms.serial, ReportStatus: 'SUCCESS', Description: 'DELIVRD' },
      SessionContext: sms.context,
    })),
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }

function reportsOf(messages: readonly TencentSms[], success: boolean, withExt: boolean): string {
  return JSON.stringify(messages.map((sms) => reportOf(sms, success, withExt)))
}

function reportOf(sms: TencentSms, success: boolean, withExt: boolean) {
  return {
    user_receive_time: new Date(sms.at + 28_800_000).toISOString().slice(0, 19).replace('T', ' '),
    nationcode: '86',
    mobile: sms.phone.slice(3),
    report_status: success ? 'SUCCESS' : 'FAIL',
    errmsg: success ? 'DELIVRD' : 'MK:0001',
    description: success ? '用户短信送达成功' : '空号',
    sid: sms.serial,
    ...(withExt ? { ext: sms.context } : {}),
  }
}
