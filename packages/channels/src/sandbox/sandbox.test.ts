import { CHANNELS, type Channel } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { content, NOTICE, recordingContext, type RecordingContext } from '../../test/support/context.ts'
import { ManualAfter } from '../../test/support/manual-after.ts'
import type { Outcome, RenderedContent } from '../adapter.ts'
import { sandbox } from './sandbox.ts'

const RECIPIENTS: Record<Channel, string> = {
  sms: '+8613800138000',
  email: 'ann@example.com',
  app: 'user-1',
  wechat: 'oABCD1234567890abcdefghijkl_',
  feishu: 'ou_7d8a6e6df7621556ce0d21922b676706',
}

function harness(channel: Channel, rawSettings: object = {}) {
  const time = new ManualAfter()
  const adapter = sandbox({ after: time.after, random: () => 0.5 })
  const settings = adapter.settings(rawSettings)
  if (!settings.ok) throw new Error(JSON.stringify(settings.errors))
  const cfg = settings.value
  const ctx: RecordingContext = recordingContext(channel, { now: () => time.now })
  let recordId = 0
  const send = (
    fields: Partial<RenderedContent> = {},
    { deadlineMs = 60_000, signal = new AbortController().signal } = {},
  ) => {
    recordId += 1
    const prepared = adapter.prepare(content(fields), { thing1: 'a parcel' }, channel, cfg)
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors))
    return adapter.send(
      {
        recordId,
        traceId: 'msg_00000000001',
        to: [RECIPIENTS[channel]],
        payload: prepared.payload,
        ...NOTICE,
        idempotencyKey: String(recordId),
        deadline: time.now + deadlineMs,
        signal,
      },
      cfg,
      ctx,
    )
  }
  return { time, adapter, cfg, ctx, send }
}

async function outcomes(channel: Channel, settings: object, count: number): Promise<Outcome[]> {
  const { send } = harness(channel, settings)
  const all: Outcome[] = []
  for (let i = 0; i < count; i++) all.push(...(await send()))
  return all
}

describe('the sandbox', () => {
  it.each(CHANNELS)('keeps what it would have sent over %s', async (channel) => {
    const { send, ctx } = harness(channel)
    const fields = channel === 'wechat' ? { thing1: 'a parcel' } : null
    expect(await send({ subject: 's', text: 't', html: '<p>t</p>' })).toMatchObject([
      { status: 'accepted', final: true },
    ])
    expect(ctx.kept).toEqual([
      { recordId: 1, recipient: RECIPIENTS[channel], subject: 's', text: 't', html: '<p>t</p>', fields },
    ])
  })

  it('keeps the text reading of an HTML mail beside it', async () => {
    const { send, ctx } = harness('email')
    await send({ text: '<p>a &amp; b</p>', html: '<p>a &amp; b</p>' })
    expect(ctx.kept[0]).toMatchObject({ text: 'a & b', html: '<p>a &amp; b</p>' })
  })

  it('signs a text message and counts its parts', async () => {
    const { send, ctx } = harness('sms', { sign_name: '信号楼' })
    expect(await send({ text: '验'.repeat(66) })).toMatchObject([{ segments: 2 }])
    expect(ctx.kept[0]?.text).toBe(`【信号楼】${'验'.repeat(66)}`)
  })

  it('answers after its latency, not before', async () => {
    const { send, time } = harness('sms', { latency_ms: { min: 100, max: 100 } })
    let answered = false
    const sending = send().then(() => (answered = true))
    time.advance(99)
    await Promise.resolve()
    expect(answered).toBe(false)
    time.advance(1)
    await sending
    expect(answered).toBe(true)
  })

  it('gives the same results for the same seed, others for another', async () => {
    const settings = { seed: 7, error_rate: 0.3, unknown_rate: 0.2, rate_limit_rate: 0.2 }
    const first = await outcomes('sms', settings, 60)
    expect(await outcomes('sms', settings, 60)).toEqual(first)
    expect(await outcomes('sms', { ...settings, seed: 8 }, 60)).not.toEqual(first)
  })

  it('holds its rates over many sends', async () => {
    const settings = { seed: 1, error_rate: 0.2, unknown_rate: 0.1, rate_limit_rate: 0.1 }
    const all = await outcomes('wechat', settings, 4000)
    const share = (fits: (outcome: Outcome) => boolean) => all.filter(fits).length / all.length
    expect(share((one) => one.status === 'unknown')).toBeCloseTo(0.1, 1)
    expect(share((one) => one.status === 'failed' && one.category === 'rate_limited')).toBeCloseTo(0.1, 1)
    expect(share((one) => one.status === 'failed' && one.category !== 'rate_limited')).toBeCloseTo(0.2, 1)
  })

  it.each([
    ['sms', 'isv.MOBILE_NUMBER_ILLEGAL', 'Throttling.User'],
    ['email', '550 5.1.1', '454 4.7.0'],
    ['app', 'UNREGISTERED', 'QUOTA_EXCEEDED'],
    ['wechat', '43004', '45011'],
    ['feishu', '19024', '11232'],
  ] as const)('fails on %s as its providers do', async (channel, failure, limited) => {
    const failures = await outcomes(channel, { error_rate: 1, seed: 1 }, 100)
    expect(failures).toContainEqual(expect.objectContaining({ status: 'failed', code: failure }))
    const refused = await outcomes(channel, { rate_limit_rate: 1, retry_after_ms: 2500 }, 1)
    expect(refused).toMatchObject([{ category: 'rate_limited', scope: 'account', code: limited, retryAfterMs: 2500 }])
  })

  it('keeps nothing of a message that it refused', async () => {
    const { send, ctx } = harness('sms', { error_rate: 1, receipt: {} })
    await send()
    expect(ctx.kept).toEqual([])
    expect(ctx.receipts).toEqual([])
  })

  it('took a message whose outcome is unknown, and its receipt may still come', async () => {
    const { send, ctx, time } = harness('sms', { unknown_rate: 1, receipt: { delay_ms: { min: 50, max: 50 } } })
    expect(await send()).toMatchObject([{ status: 'unknown' }])
    expect(ctx.kept).toHaveLength(1)
    time.advance(50)
    expect(ctx.receipts).toMatchObject([{ recordId: 1, state: 'delivered' }])
  })
})

describe('the sandbox’s receipts', () => {
  const receipt = { read_rate: 1, delay_ms: { min: 1000, max: 1000 } }

  it('come later, delivered before read', async () => {
    const { send, ctx, time } = harness('app', { receipt })
    expect(await send()).toMatchObject([{ status: 'accepted', final: false }])
    const sentAt = time.now
    expect(ctx.receipts).toEqual([])
    time.advance(2000)
    expect(ctx.receipts).toEqual([
      { recordId: 1, state: 'delivered', at: sentAt + 1000 },
      { recordId: 1, state: 'read', at: sentAt + 2000 },
    ])
    expect(time.pending).toBe(0)
  })

  it('stay away when the service is closed, and no timer is left', async () => {
    const { send, ctx, time, adapter } = harness('app', { receipt })
    await send()
    await adapter.close!(1)
    expect(time.pending).toBe(0)
    time.advance(5000)
    expect(ctx.receipts).toEqual([])
  })
})

describe('a sandbox send that is given up', () => {
  const slow = { latency_ms: { min: 10_000, max: 10_000 } }

  it('is unknown at its deadline', async () => {
    const { send, time, ctx } = harness('sms', slow)
    const sending = send({}, { deadlineMs: 500 })
    time.advance(500)
    expect(await sending).toMatchObject([{ status: 'unknown', code: 'ETIMEDOUT' }])
    expect(ctx.kept).toEqual([])
    expect(time.pending).toBe(0)
  })

  it('is unknown when it is abandoned', async () => {
    const { send, time } = harness('sms', slow)
    const controller = new AbortController()
    const sending = send({}, { signal: controller.signal })
    controller.abort()
    expect(await sending).toMatchObject([{ status: 'unknown' }])
    expect(time.pending).toBe(0)
  })

  it('is unknown when its service is closed', async () => {
    const { send, time, adapter } = harness('sms', slow)
    const sending = send()
    await adapter.close!(1)
    expect(await sending).toMatchObject([{ status: 'unknown' }])
    expect(time.pending).toBe(0)
  })
})

describe('the sandbox’s settings', () => {
  it.each([
    ['latency_ms.min', { latency_ms: { min: 2, max: 1 } }],
    ['unknown_rate', { unknown_rate: -0.1 }],
    ['error_rate', { error_rate: 0.6, unknown_rate: 0.6 }],
    ['receipt.read_rate', { receipt: { read_rate: -1 } }],
    ['latency_ms', { latency_ms: 850 }],
    ['latency', { latency: 1 }],
  ])('are refused with the field %s named', (field, raw) => {
    const checked = sandbox().settings(raw)
    expect(checked.ok ? [] : checked.errors.map((error) => error.field)).toEqual([field])
  })
})
