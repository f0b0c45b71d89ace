/** Aliyun's dysmsapi as documented: SendSms, QuerySendDetails, and SmsReport to our address. */
import type { ManualAfter } from '../support/manual-after.ts'
import { createCourier, post, type Courier, type CourierTerms } from './courier.ts'
import type { TwinReply, TwinRequest } from './http-twin.ts'
import { Complaint, plainHeaders, startJudgingTwin, type JudgingTwin } from './judging-twin.ts'
import type { Verifier } from './verifier.ts'

export interface AliyunSms {
  phone: string
  sign: string
  template: string
  param: Record<string, string>
  outId: string
  bizId: string
  at: number
}

export interface AliyunTwin extends JudgingTwin {
  taken: AliyunSms[]
  /** Posts the receipts of these messages in one call, as the provider does; gives its answer. */
  report(
    to: string,
    messages: readonly AliyunSms[],
    how?: { success?: boolean; errCode?: string },
  ): Promise<{ status: number; text: string }>
  /** Posts what phones have answered (SmsUp) in one call. */
  answer(to: string, answers: readonly { phone: string; content: string }[]): Promise<{ status: number; text: string }>
  /** From now on brings a receipt of each message there by itself. */
  bring(to: string, clock: ManualAfter): Courier<AliyunSms>
}

/** As documented; how many go into one call and how soon is not. Any number as `code` will do. */
const TERMS: CourierTerms = {
  ...{ batch: 100, delayMs: 2_000, patienceMs: 700, againAfterMs: [60_000, 300_000, 600_000] },
  isTaken: ({ status, text }) => status === 200 && /"code"\s*:\s*\d/.test(text),
}

export const ALIYUN_KEY = { id: 'LTAI-twin-key', secret: 'twin-secret-of-aliyun' }
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/
const ok = (fields: object): TwinReply => ({
  status: 200,
  body: { Message: 'OK', RequestId: 'F655A8D5-B967-440B-8683-DAD6FF8DE990', Code: 'OK', ...fields },
})
const refused = (status: number, Code: string): TwinReply => ({
  status,
  body: { Message: Code, RequestId: 'F655A8D5-B967-440B-8683-DAD6FF8DE990', Code },
})

export async function startAliyunTwin(): Promise<AliyunTwin> {
  const taken: AliyunSms[] = []
  const nonces = new Set<string>()
  let courier: Courier<AliyunSms> | null = null

  async function provider(request: TwinRequest, verifier: Verifier): Promise<TwinReply> {
    await checkSignature(request, verifier, nonces)
    const query = Object.fromEntries(request.query)
    if (request.headers['x-acs-action'] === 'QuerySendDetails') return details(query, taken)
    expect(request.headers['x-acs-action'] === 'SendSms', 'the action', 404, 'InvalidAction.NotFound')
    const sms = readSms(query, taken.length)
    taken.push(sms)
    courier?.add(sms)
    return ok({ BizId: sms.bizId })
  }

  return {
    ...(await startJudgingTwin(provider)),
    taken,
    answer(to, answers) {
      const body = JSON.stringify(
        answers.map(({ phone, content }, i) => ({
          ...{ phone_number: phone, content, send_time: '2026-01-15 16:00:05' },
          ...{ dest_code: '1069000000', sequence_id: 1_000_000_000 + i },
        })),
      )
      return post(to, body, JSON_TYPE)
    },
    report(to, messages, { success = true, errCode = success ? 'DELIVERED' : 'MI:0024' } = {}) {
      return post(to, reportsOf(messages, success, errCode), JSON_TYPE)
    },
    bring(to, clock) {
      const call = (messages: readonly AliyunSms[], signal: AbortSignal) =>
        post(to, reportsOf(messages, true, 'DELIVERED'), JSON_TYPE, signal)
      return (courier = createCourier(TERMS, clock, call))
    },
  }
}

function expect(holds: boolean, what: string, status: number, code: string): void {
  if (!holds) throw new Complaint(what, refused(status, code))
}

async function checkSignature(request: TwinRequest, verifier: Verifier, nonces: Set<string>) {
  const { method, url, path, body } = request
  const headers = plainHeaders(request)
  expect(method === 'POST' && path === '/', 'POST /', 404, 'InvalidAction.NotFound')
  expect(headers['x-acs-version'] === '2017-05-25', 'x-acs-version', 404, 'InvalidVersion')
  const { 'x-acs-date': date = '', 'x-acs-signature-nonce': nonce = '' } = headers
  expect(DATE.test(date), 'x-acs-date', 400, 'InvalidTimeStamp.Format')
  expect(Math.abs(Date.parse(date) - Date.now()) < 900_000, 'a fresh x-acs-date', 400, 'InvalidTimeStamp.Expired')
  expect(nonce !== '' && !nonces.has(nonce), 'a nonce used once', 400, 'SignatureNonceUsed')
  nonces.add(nonce)
  const known = headers['authorization']?.includes(`Credential=${ALIYUN_KEY.id},`) === true
  expect(known, 'the access key', 404, 'InvalidAccessKeyId.NotFound')
  const signed = {
    scheme: 'acs3',
    secret: ALIYUN_KEY.secret,
    method,
    url,
    headers,
    body,
  } as const
  const { ok: good, why } = await verifier.verify(signed)
  expect(good, `the signature: ${why}`, 400, 'SignatureDoesNotMatch')
}

function readSms(query: Record<string, string>, before: number): AliyunSms {
  const {
    PhoneNumbers: phone = '',
    SignName: sign = '',
    TemplateCode: template = '',
    TemplateParam = '',
    OutId = '',
  } = query
  expect(/^\d{6,20}$/.test(phone), 'PhoneNumbers', 200, 'isv.MOBILE_NUMBER_ILLEGAL')
  expect(sign !== '' && !/[【】]/.test(sign), 'SignName', 200, 'isv.SMS_SIGNATURE_ILLEGAL')
  expect(/^SMS_\d+$/.test(template), 'TemplateCode', 200, 'isv.SMS_TEMPLATE_ILLEGAL')
  const names = ['PhoneNumbers', 'SignName', 'TemplateCode', 'TemplateParam', 'OutId', 'SmsUpExtendCode']
  expect(
    Object.keys(query).every((name) => names.includes(name)),
    'the parameters',
    400,
    'InvalidParameter',
  )
  return {
    ...{ phone, sign, template, param: paramsOf(TemplateParam), outId: OutId },
    bizId: `9006195${before}^0`,
    at: Date.now(),
  }
}

/** `{"code":123456}` is refused: values must be strings. */
function paramsOf(text: string): Record<string, string> {
  const read: unknown = JSON.parse(text === '' ? '{}' : text)
  const entries = Object.entries(read as object).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  expect(entries.length === Object.keys(read as object).length, 'TemplateParam', 200, 'isv.INVALID_JSON_PARAM')
  return Object.fromEntries(entries)
}

function details(query: Record<string, string>, taken: readonly AliyunSms[]): TwinReply {
  const { PhoneNumber = '', SendDate = '', PageSize = '', CurrentPage = '' } = query
  const good = /^\d{8}$/.test(SendDate) && Number(PageSize) >= 1 && Number(PageSize) <= 50 && CurrentPage === '1'
  expect(good, 'the parameters of QuerySendDetails', 400, 'InvalidParameter')
  const listed = taken.filter(({ phone, at }) => phone === PhoneNumber && local(at).startsWith(dashed(SendDate)))
  const SmsSendDetailDTO = listed.map((sms) => ({
    ...{ ErrCode: 'DELIVERED', TemplateCode: sms.template, OutId: sms.outId, PhoneNum: sms.phone, SendStatus: 3 },
    ...{ SendDate: local(sms.at), ReceiveDate: local(sms.at), Content: `【${sms.sign}】` },
  }))
  return ok({ TotalCount: listed.length, SmsSendDetailDTOs: { SmsSendDetailDTO } })
}

const dashed = (day: string) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`

/** UTC+8 without an offset. */
function local(at: number): string {
  return new Date(at + 28_800_000).toISOString().slice(0, 19).replace('T', ' ')
}

const JSON_TYPE = { 'content-type': 'application/json;charset=utf-8' }

function reportsOf(messages: readonly AliyunSms[], success: boolean, errCode: string): string {
  return JSON.stringify(messages.map((sms) => reportOf(sms, success, errCode)))
}

function reportOf(sms: AliyunSms, success: boolean, errCode: string) {
  return {
    phone_number: sms.phone,
    send_time: local(sms.at),
    report_time: local(sms.at + 2000),
    success,
    err_code: errCode,
    err_msg: success ? '用户接收成功' : '关机停机',
    sms_size: '1',
    biz_id: sms.bizId,
    out_id: sms.outId,
  }
}
