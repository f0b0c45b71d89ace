import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { KEPT, recordingContext } from '../../../test/support/context.ts'
import type { RawRequest, ReportedReceipt } from '../../adapter.ts'
import { smtp } from '../email-smtp.ts'
import { READ_AT_MOST_BYTES, readReport } from './read-report.ts'
import { fieldGroups } from './status-fields.ts'
import { taggedRecord, tagOf } from './tag.ts'

const KEY = '5b0c9f3a7d1e42c8a6f45d21'
const TRACE = 'msg_0AB3DE7GH42'
const RECORD = 364_055_864_296_578
const NOW = Date.UTC(2026, 0, 15, 9)
const TAG = tagOf(TRACE, KEY)
const CORPUS = new URL('../../../test/bounces/', import.meta.url)
const adapter = smtp()

function corpus(name: string, tag = TAG): Buffer {
  const text = readFileSync(new URL(`${name}.eml`, CORPUS), 'utf8')
  const address = `bounce+${tag}@signalbox.example`
  return Buffer.from(text.replaceAll('{{tag}}', tag).replaceAll('{{address}}', address).replaceAll('\n', '\r\n'))
}

function settings(fields: Record<string, unknown> = {}) {
  const checked = adapter.settings({
    ...{ host: '127.0.0.1', from: { address: 'box@signalbox.example' } },
    ...{ bounce_address: 'bounce@signalbox.example', receipt_token: KEPT, ...fields },
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

const context = () => recordingContext('email', { secrets: { receipt_token: KEY }, now: () => NOW })

async function post(body: Uint8Array, request: Partial<RawRequest> = {}) {
  const reply = await adapter.parseReceipt?.(
    { method: 'POST', url: '/callbacks/1/…', token: KEY, headers: {}, body, ...request },
    settings(),
    context(),
  )
  if (!reply) throw new Error('expected an adapter that takes receipts')
  return reply
}

describe('what servers write back', () => {
  const at = Date.UTC(2026, 0, 15, 8, 0, 3)
  const gone = { state: 'failed', suppress: 'hard_bounce' }
  const failed = { state: 'failed' }
  it.each([
    ['postfix-unknown-user', { ...gone, code: '5.1.1', at, detail: expect.stringContaining('User unknown') as string }],
    ['exim-no-such-user', { ...gone, code: '5.0.0', detail: 'mx.example.com: 550 No such user here' }],
    ['exchange-not-found', { ...gone, code: '5.1.10' }],
    ['exchange-online-denied', { ...gone, code: '5.4.1' }],
    ['gmail-no-such-user', { ...gone, code: '5.1.1' }],
    ['qmail-prose', { ...gone, code: '5.1.1' }],
    ['exim-prose', { ...gone, code: '5.1.1' }],
    ['gmail-policy', { ...failed, code: '5.7.26' }],
    ['mailbox-full', { ...failed, code: '5.2.2' }],
    ['exim-expired', { ...failed, code: '4.4.7' }],
    ['postfix-relayed', { state: 'delivered' }],
    ['alias-half', { state: 'delivered' }],
    ['arf-abuse', { state: 'delivered', suppress: 'complaint' }],
  ])('%s is a receipt of the message it is about', async (name, receipt) => {
    const { auth, events, reply } = await post(corpus(name))
    expect({ auth, status: reply.status }).toEqual({ auth: 'secret_url', status: 200 })
    expect(events).toMatchObject([{ recordId: RECORD, ...receipt }])
    expect('suppress' in events[0]!).toBe('suppress' in receipt)
    expect(events[0]?.detail ?? '').not.toContain('@')
  })

  it('a delay is noted and ends nothing', async () => {
    const { events } = await post(corpus('postfix-delayed'))
    expect(events).toMatchObject([{ recordId: RECORD, state: 'delayed', code: '4.4.1', at: NOW }])
    expect(events[0]).not.toHaveProperty('suppress')
  })

  it.each([
    ['arf-not-spam', 'complaint'],
    ['out-of-office', 'auto_reply'],
    ['out-of-office-of-postmaster', 'auto_reply'],
    ['a-person', 'other'],
    ['forged-bounce', 'other'],
  ])('%s is no receipt', async (name, kind) => {
    expect(await post(corpus(name))).toMatchObject({ auth: 'secret_url', events: [], reply: { status: 200 } })
    expect((await readReport(corpus(name))).kind.is).toBe(kind)
  })

  it('reads a mail as programs are handed it, and one that was cut off', async () => {
    const mail = corpus('postfix-unknown-user')
    const piped = Buffer.concat([Buffer.from('From MAILER-DAEMON  Thu Jan 15 16:00:03 2026\n'), mail])
    expect((await post(piped)).events).toMatchObject([gone])
    const large = Buffer.concat([corpus('exim-no-such-user'), Buffer.alloc(2 * READ_AT_MOST_BYTES, 'x')])
    expect((await post(large)).events).toMatchObject([gone])
    expect((await post(mail.subarray(0, mail.indexOf('text/rfc822-headers')))).events).toMatchObject([gone])
  })

  it('takes a date that cannot be for the time it came', async () => {
    for (const date of ['Thu, 15 Jan 2036 16:00:03 +0800', 'Thu, 1 Jan 1970 00:00:00 +0000', 'yesterday']) {
      const mail = corpus('postfix-unknown-user')
        .toString()
        .replace(/^Date: .*$/m, `Date: ${date}`)
      expect((await post(Buffer.from(mail))).events).toMatchObject([{ at: NOW }])
    }
  })
})

describe('who is believed', () => {
  it.each([
    ['without the secret at the end of the address', { token: 'another' }],
    ['with none', { token: undefined }],
    ['by GET', { method: 'GET' }],
  ])('nobody %s', async (_how, request) => {
    const reply = await post(corpus('postfix-unknown-user'), request as Partial<RawRequest>)
    expect(reply).toMatchObject({ auth: 'rejected', events: [], reply: { status: 403 } })
  })

  it('nobody who made the tag up', async () => {
    const forged = `${TAG.slice(0, -1)}${TAG.endsWith('0') ? '1' : '0'}`
    expect((await post(corpus('postfix-unknown-user', forged))).events).toEqual([])
    expect((await post(corpus('gmail-no-such-user', tagOf(TRACE, 'another secret of somebody')))).events).toEqual([])
    expect((await post(corpus('exchange-not-found', TRACE))).events).toEqual([])
  })

  it.each([
    ['the address it was sent to', /^(?:To|X-Original-To|Delivered-To): /],
    ['the envelope id', /^Original-Envelope-Id: /],
    ['the Message-ID that came back', /^Message-ID: /],
  ])('a tag that stands in %s alone', async (_where, line) => {
    const lines = corpus('postfix-unknown-user').toString().split('\r\n')
    const kept = lines.map((each) => (line.test(each) ? each : each.replace(TAG, 'nothing')))
    expect((await post(Buffer.from(kept.join('\r\n')))).events).toMatchObject([{ recordId: RECORD }])
  })

  it('a tag in capitals, as some servers write addresses', () => {
    expect(taggedRecord([`<BOUNCE+${TAG.toUpperCase()}@X.EXAMPLE>`], KEY)).toBe(RECORD)
  })

  it('the first of several tags that is true, and after many false ones none', () => {
    const false_ = (n: number) => `msg_${String(n).padStart(11, '0')}.${'0'.repeat(20)}`
    expect(taggedRecord([false_(1), `${false_(2)} ${TAG}`], KEY)).toBe(RECORD)
    const many = Array.from({ length: 30 }, (_, n) => false_(n))
    expect(taggedRecord([...many, TAG], KEY)).toBeNull()
  })
})

describe('a mailbox', () => {
  async function maildir(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-maildir-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    for (const name of ['new', 'cur', 'tmp']) await mkdir(join(folder, name))
    return folder
  }
  const collect = (
    folder: string,
    take: (receipts: readonly ReportedReceipt[]) => Promise<void>,
    { using = adapter, service = 1 } = {},
  ) => {
    const ctx = context()
    return using.collect?.(settings({ maildir: folder }), { ...ctx, service: { ...ctx.service, id: service } }, take)
  }

  it('is read once, and a mail leaves `new` only when its receipt is on disk', async () => {
    const folder = await maildir()
    await writeFile(join(folder, 'new', '1.a'), corpus('postfix-unknown-user'))
    await writeFile(join(folder, 'new', '2.b'), corpus('out-of-office'))
    const taken: ReportedReceipt[] = []
    const crash = collect(folder, () => Promise.reject(new Error('the store is closed')))
    await expect(crash).rejects.toThrow('the store is closed')
    expect(await readdir(join(folder, 'new'))).toEqual(['1.a', '2.b'])

    await collect(folder, async (receipts) => {
      expect(existsSync(join(folder, 'new', '1.a'))).toBe(true)
      taken.push(...receipts)
    })
    expect(taken).toMatchObject([{ recordId: RECORD, state: 'failed', suppress: 'hard_bounce' }])
    expect(await readdir(join(folder, 'new'))).toEqual([])
    expect((await readdir(join(folder, 'cur'))).toSorted()).toEqual(['1.a:2,S', '2.b:2,S'])
    await collect(folder, () => Promise.reject(new Error('expected nothing new')))
  })

  it('goes on behind what is no mail, says so, and leaves it', async () => {
    const folder = await maildir()
    await symlink('/etc/hostname', join(folder, 'new', '0.link'))
    await mkdir(join(folder, 'new', '1.folder'))
    await writeFile(join(folder, 'new', '.hidden'), 'x')
    await writeFile(join(folder, 'new', '2.mail'), corpus('postfix-unknown-user'))
    const taken: ReportedReceipt[] = []
    const look = collect(folder, async (receipts) => void taken.push(...receipts))
    await expect(look).rejects.toThrow(/ELOOP/)
    expect(taken).toHaveLength(1)
    expect((await readdir(join(folder, 'new'))).toSorted()).toEqual(['.hidden', '0.link', '1.folder'])
  })

  it('belongs to one service, until that lets go of it', async () => {
    const folder = await maildir()
    const using = smtp()
    const nothing = () => Promise.resolve()
    await collect(folder, nothing, { using, service: 1 })
    await expect(collect(folder, nothing, { using, service: 2 })).rejects.toThrow('expected a Maildir of its own')
    await using.close?.(1)
    await collect(folder, nothing, { using, service: 2 })
  })

  it('is not read without the secret, or with one that could be guessed: that would lose what is in it', async () => {
    const folder = await maildir()
    await writeFile(join(folder, 'new', '1.a'), corpus('postfix-unknown-user'))
    for (const secrets of [{}, { receipt_token: 'short' }]) {
      const ctx = recordingContext('email', { secrets, now: () => NOW })
      const look = adapter.collect?.(settings({ maildir: folder }), ctx, () => Promise.resolve())
      await expect(look).rejects.toThrow('expected a receipt_token of at least 24 characters')
    }
    expect(await readdir(join(folder, 'new'))).toEqual(['1.a'])
  })

  it('that does not exist is reported', async () => {
    await expect(collect('/nowhere/at/all', () => Promise.resolve())).rejects.toThrow(/ENOENT/)
  })
})

describe('whatever is sent here', () => {
  const pieces = [
    ...['Content-Type: multipart/report; report-type=delivery-status; boundary=b', '--b', '--b--', ''],
    ...['Content-Type: message/delivery-status', 'Content-Type: message/feedback-report', 'Action: failed'],
    ...['Status: 5.1.1', 'Diagnostic-Code: smtp; 550', ' folded', '\tfolded', 'Content-Transfer-Encoding: base64'],
    ...[`To: <bounce+${TAG}@x.example>`, 'From: MAILER-DAEMON@x', 'Return-Path: <>', 'Feedback-Type: abuse', ':', '\0'],
    ...['Content-Type: multipart/mixed; boundary=', 'Content-Type: message/rfc822', '=?utf-8?B?', '550 5.1.1 gone'],
  ]
  const anyMail = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc
      .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 60 })
      .map((lines) => Buffer.from(lines.join('\r\n'))),
  )

  it('is read without an error, and is about this message or none', async () => {
    await fc.assert(
      fc.asyncProperty(anyMail, async (mail) => {
        const { events, reply } = await post(mail)
        expect(reply.status).toBe(200)
        expect(events.length).toBeLessThanOrEqual(1)
        for (const event of events) {
          expect(event).toMatchObject({ recordId: RECORD })
          expect(event.at).toBeLessThanOrEqual(NOW)
          expect((event.detail ?? '').length).toBeLessThanOrEqual(300)
          expect(event.code ?? '').toMatch(/^[\w.]*$/)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('is said to be about a message by its tag alone: one changed digit and it is about none', async () => {
    const good = corpus('postfix-unknown-user').toString()
    const digits = TAG.length
    await fc.assert(
      fc.asyncProperty(fc.nat(digits - 1), fc.constantFrom(...'0123456789abcdef'), async (place, digit) => {
        const other = TAG.slice(0, place) + digit + TAG.slice(place + 1)
        const { events } = await post(Buffer.from(good.replaceAll(TAG, other)))
        expect(events.length).toBe(other === TAG ? 1 : 0)
      }),
      { numRuns: 300 },
    )
  })

  /** CPU time, so that a busy machine does not decide. */
  async function cpuMs(mail: string): Promise<number> {
    const raw = Buffer.from(mail)
    const before = process.cpuUsage()
    await readReport(raw)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }

  it.each([
    ['open boundaries', (n: number) => 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(n / 45)],
    ['one line', (n: number) => `Diagnostic-Code: ${'a '.repeat(n / 2)}`],
    ['a header without end', (n: number) => `To: ${'<'.repeat(n)}`],
    ['commas', (n: number) => `To: ${'a,'.repeat(n / 2)}`],
    ['encoded words', (n: number) => `Subject: ${'=?utf-8?Q?a?= '.repeat(n / 14)}`],
    ['prose', (n: number) => `From: MAILER-DAEMON\n\n${'(550 '.repeat(n / 5)}`],
    ['digits', (n: number) => `From: MAILER-DAEMON\n\n${'5.1'.repeat(n / 3)}`],
    ['HTML', (n: number) => `From: MAILER-DAEMON\nContent-Type: text/html\n\n${'<a href="'.repeat(n / 9)}`],
    ['entities', (n: number) => `From: MAILER-DAEMON\nContent-Type: text/html\n\n${'&amp'.repeat(n / 4)}`],
    [
      'status lines',
      (n: number) => `Content-Type: message/delivery-status\n\n${'Action: failed\nStatus: 5\n\n'.repeat(n / 26)}`,
    ],
  ])('takes no longer than its size allows: %s', async (_name, of) => {
    expect(await cpuMs(of(4 * READ_AT_MOST_BYTES))).toBeLessThan(3_000)
  })

  it('has fields of bounded number and length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 5_000 }), (text) => {
        const groups = fieldGroups(text)
        expect(groups.length).toBeLessThanOrEqual(50)
        for (const group of groups) {
          for (const [name, value] of group) {
            expect(name).toBe(name.trim().toLowerCase())
            expect(value.length).toBeLessThanOrEqual(2_000)
          }
        }
      }),
    )
  })
})
