/** Twilio's Messages resource as documented, and signed status callbacks to the address that each message names. */
import type { ManualAfter } from '../support/manual-after.ts'
import { createCourier, post, type Answer, type Courier, type CourierTerms } from './courier.ts'
import type { TwinReply, TwinRequest } from './http-twin.ts'
import { Complaint, plainHeaders, startJudgingTwin, type JudgingTwin } from './judging-twin.ts'
import { startVerifier } from './verifier.ts'

export interface TwilioSms {
  sid: string
  to: string
  from: string
  body: string
  callback: string | null
  status: string
}

export interface ReportOptions {
  errorCode?: string
  signedWith?: string
  /** Changes the status behind the signature. */
  tamper?: boolean
}

export interface TwilioTwin extends JudgingTwin {
  taken: TwilioSms[]
  /** Calls the message's own address, signed as that, at another origin: the one that a proxy would pass it on to. */
  report(
    origin: string,
    message: TwilioSms,
    status: string,
    how?: ReportOptions,
  ): Promise<{ status: number; text: string }>
  /** Brings what a phone has sent to `address`, signed as that, at another origin. */
  incoming(
    origin: string,
    address: string,
    message: { from: string; text: string; optOutType?: string },
    how?: Forgery,
  ): Promise<{ status: number; text: string }>
  /** From now on calls the address of each message by itself, at this origin, when it was sent and when it was delivered. */
  bring(origin: string, clock: ManualAfter): Courier<TwilioStatus>
}

interface Forgery {
  signedWith?: string
  /** What is signed is not what is sent: this stands for that. */
  tamper?: { was: string; is: string } | undefined
  signal?: AbortSignal | undefined
}

export interface TwilioStatus {
  message: TwilioSms
  status: string
}

/** Without overrides in the address: 15 s for the answer, and one more call, only when no connection was made. */
const TERMS: CourierTerms = {
  ...{ batch: 1, delayMs: 1_000, patienceMs: 15_000, againAfterMs: [0], onlyIfUnreachable: true },
  isTaken: ({ status }) => status >= 200 && status < 300,
}

export const TWILIO_ACCOUNT = `AC${'0a'.repeat(16)}`
export const TWILIO_TOKEN = 'twin-token-of-twilio'
const API = `/2010-04-01/Accounts/${TWILIO_ACCOUNT}`

function refused(status: number, code: number, message: string): TwinReply {
  const more = `https://www.twilio.com/docs/errors/${code}`
  return { status, body: { code, message, more_info: more, status } }
}

function expect(holds: boolean, what: string, reply: TwinReply): void {
  if (!holds) throw new Complaint(what, reply)
}

export async function startTwilioTwin(): Promise<TwilioTwin> {
  const taken: TwilioSms[] = []
  const signer = startVerifier()
  let courier: Courier<TwilioStatus> | null = null

  async function provider(request: TwinRequest): Promise<TwinReply> {
    const { authorization, 'content-type': type } = plainHeaders(request)
    const basic = `Basic ${Buffer.from(`${TWILIO_ACCOUNT}:${TWILIO_TOKEN}`).toString('base64')}`
    expect(authorization === basic, 'the credentials', refused(401, 20003, 'Authenticate'))
    if (request.method === 'GET') return look(request, taken)
    const good = request.method === 'POST' && request.url === `${API}/Messages.json`
    expect(good, 'the resource', refused(404, 20404, 'The requested resource was not found'))
    expect(type === 'application/x-www-form-urlencoded', 'Content-Type', refused(415, 20415, 'Unsupported'))
    const sms = readSms(new URLSearchParams(request.body.toString('utf8')), taken.length)
    taken.push(sms)
    for (const status of ['sent', 'delivered']) courier?.add({ message: sms, status })
    return { status: 201, body: presented(sms) }
  }

  async function call(
    origin: string,
    address: string,
    form: URLSearchParams,
    { signedWith, tamper, signal }: Forgery,
  ): Promise<Answer> {
    const body = Buffer.from(form.toString())
    const { expected } = await signer.verify({
      ...{ scheme: 'twilio', secret: signedWith ?? TWILIO_TOKEN, method: 'POST', url: address, headers: {}, body },
    })
    const { pathname, search } = new URL(address)
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': expected }
    const sent = tamper ? form.toString().replace(tamper.was, tamper.is) : form.toString()
    return post(new URL(pathname + search, origin), sent, headers, signal)
  }

  async function report(
    origin: string,
    sms: TwilioSms,
    status: string,
    { errorCode, signedWith = TWILIO_TOKEN, tamper = false, signal }: ReportOptions & { signal?: AbortSignal } = {},
  ): Promise<Answer> {
    if (sms.callback === null) throw new Error('expected a message with a StatusCallback')
    const form = new URLSearchParams({
      ...{ ApiVersion: '2010-04-01', MessageSid: sms.sid, SmsSid: sms.sid, AccountSid: TWILIO_ACCOUNT },
      ...{ MessageStatus: status, SmsStatus: status, To: sms.to, From: sms.from },
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
    })
    const changed = tamper ? { was: status, is: 'read' } : undefined
    return call(origin, sms.callback, form, { signedWith, tamper: changed, signal })
  }

  const twin = await startJudgingTwin(provider)
  return {
    ...twin,
    taken,
    report,
    incoming(origin, address, { from, text, optOutType }, how = {}) {
      const form = new URLSearchParams({
        ...{ ApiVersion: '2010-04-01', MessageSid: `SM${'f1'.repeat(16)}`, AccountSid: TWILIO_ACCOUNT },
        ...{ SmsStatus: 'received', From: from, To: '+15005550006', Body: text, NumMedia: '0', NumSegments: '1' },
        ...(optOutType === undefined ? {} : { OptOutType: optOutType }),
      })
      return call(origin, address, form, how)
    },
    bring(origin, clock) {
      const bring = ([each]: readonly TwilioStatus[], signal: AbortSignal) => {
        if (!each) throw new Error('expected one status in a call')
        return report(origin, each.message, each.status, { signal })
      }
      return (courier = createCourier(TERMS, clock, bring))
    },
    async close() {
      await twin.close()
      await signer.close()
    },
  }
}

const FIELDS = ['To', 'From', 'MessagingServiceSid', 'Body', 'StatusCallback', 'ValidityPeriod']

function readSms(form: URLSearchParams, before: number): TwilioSms {
  const names = [...form.keys()]
  const invalid = (code: number) => refused(400, code, 'invalid')
  expect(
    names.every((name) => FIELDS.includes(name)) && new Set(names).size === names.length,
    'the fields',
    invalid(20001),
  )
  const [to, body] = [form.get('To') ?? '', form.get('Body') ?? '']
  expect(/^\+[1-9]\d{6,14}$/.test(to), 'To', invalid(21211))
  expect(form.has('From') !== form.has('MessagingServiceSid'), 'From or MessagingServiceSid', invalid(21603))
  expect(body.length >= 1 && body.length <= 1600, 'Body', invalid(21602))
  const callback = form.get('StatusCallback')
  expect(callback === null || URL.canParse(callback), 'StatusCallback', invalid(21609))
  const sid = `SM${String(before).padStart(32, '0')}`
  return { sid, to, from: form.get('From') ?? form.get('MessagingServiceSid') ?? '', body, callback, status: 'queued' }
}

function presented({ sid, to, from, body, status }: TwilioSms) {
  return {
    ...{
      sid,
      to,
      from,
      body,
      status,
      account_sid: TWILIO_ACCOUNT,
      api_version: '2010-04-01',
      direction: 'outbound-api',
    },
    ...{ error_code: null, error_message: null, num_segments: '1', uri: `${API}/Messages/${sid}.json` },
  }
}

function look({ url }: TwinRequest, taken: readonly TwilioSms[]): TwinReply {
  const found = taken.find(({ sid }) => url === `${API}/Messages/${sid}.json`)
  return found ? { body: presented(found) } : refused(404, 20404, 'The requested resource was not found')
}
