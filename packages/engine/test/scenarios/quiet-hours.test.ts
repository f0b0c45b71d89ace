import type { Purpose } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'
import { passTime } from '../support/pass-time.ts'
import { ManualClock } from '../support/manual-clock.ts'

const HOUR = 3_600_000
/** 23:30 in Shanghai, 16:30 in London. */
const NIGHT = Date.UTC(2026, 0, 15, 15, 30)
const MORNING = Date.UTC(2026, 0, 16, 0)
const SHANGHAI = '+8613800000001'
const LONDON = '+447400123456'
const NEW_YORK = '+12125550123'

async function opened(now = NIGHT) {
  const clock = new ManualClock(now)
  const bench = await openEngine({ clock })
  const { engine } = bench
  const templates = new Map<Purpose, number>()
  for (const purpose of ['otp', 'notice', 'marketing'] as const) {
    templates.set(
      purpose,
      (await engine.templates.create({ name: purpose, channel: 'sms', content: 'Hi', purpose })).id,
    )
  }
  const templateOf = (purpose: Purpose) => templates.get(purpose) as number
  async function send(purpose: Purpose, recipient = SHANGHAI, more: { timeZone?: string; ttlMs?: number } = {}) {
    return (await engine.messages.accept({ templateId: templateOf(purpose), recipient, variables: {}, ...more })).id
  }
  /** Resolves when the message has left, or waits, for whatever reason. */
  async function settled(purpose: Purpose, recipient = SHANGHAI, more: { timeZone?: string; ttlMs?: number } = {}) {
    const events = engine.events
    const settling = new Promise<string>((resolve) => {
      const off = events.on('message:changed', ({ state, pendingReason }) => {
        if (state !== 'sent' && pendingReason === null) return
        off()
        resolve(state === 'sent' ? state : String(pendingReason))
      })
    })
    const id = await send(purpose, recipient, more)
    return { id, end: await settling }
  }
  return { ...bench, clock, engine, templateOf, send, settled }
}

describe('marketing at night', () => {
  it('waits for the morning of its recipient, and says so; codes and notices leave', async () => {
    const bench = await opened()
    const { engine, provider, settled } = bench
    const { id, end } = await settled('marketing')
    expect(end).toBe('quiet_hours')
    expect(await engine.messages.get(id)).toMatchObject({ state: 'queued', dueAt: MORNING, attempt: 0 })
    const explanation = await engine.explain(id)
    expect(explanation).toMatchObject({
      phase: 'waiting',
      reasons: [{ reason: 'quiet_hours', holds: 'message', until: MORNING }],
      detail: 'marketing does not leave from 22:00 to 08:00 where its recipient is (Asia/Shanghai)',
    })
    expect((await settled('otp')).end).toBe('sent')
    expect((await settled('notice')).end).toBe('sent')
    expect(provider.calls).toHaveLength(2)
    const sent = once(engine.events, 'message:sent')
    expect(await passTime(bench, sent)).toMatchObject({ id, attempt: 1 })
  })

  it('leaves where it is day: by the zone that the caller said, by the country of the phone, else by the settings', async () => {
    const { settled } = await opened()
    expect((await settled('marketing', LONDON)).end).toBe('sent')
    expect((await settled('marketing', NEW_YORK)).end).toBe('quiet_hours')
    expect((await settled('marketing', NEW_YORK, { timeZone: 'America/New_York' })).end).toBe('sent')
    expect((await settled('marketing', LONDON, { timeZone: 'Asia/Tokyo' })).end).toBe('quiet_hours')
  })

  it('is refused with a zone that does not exist', async () => {
    const { engine, templateOf } = await opened()
    const accepting = engine.messages.accept({
      ...{ templateId: templateOf('marketing'), recipient: SHANGHAI, variables: {}, timeZone: 'Asia/Atlantis' },
    })
    await expect(accepting).rejects.toMatchObject({ reason: 'invalid', issues: [{ path: 'recipient_time_zone' }] })
  })

  it('expires in the night when its time ends there', async () => {
    const bench = await opened()
    const { engine, settled, provider } = bench
    const { id } = await settled('marketing', SHANGHAI, { ttlMs: HOUR })
    expect(await engine.messages.get(id)).toMatchObject({ dueAt: NIGHT + HOUR })
    const expired = once(engine.events, 'message:expired')
    expect(await passTime(bench, expired)).toMatchObject({ id })
    expect(provider.calls).toHaveLength(0)
  })

  it('leaves at once when it turns out not to be marketing, or when quiet hours are turned off', async () => {
    const { engine, settled, templateOf } = await opened()
    const first = await settled('marketing')
    const sent = once(engine.events, 'message:sent')
    await engine.templates.update(templateOf('marketing'), { purpose: 'notice' })
    expect((await sent).id).toBe(first.id)
    await engine.templates.update(templateOf('marketing'), { purpose: 'marketing' })
    const second = await settled('marketing')
    expect(second.end).toBe('quiet_hours')
    const later = once(engine.events, 'message:sent')
    await engine.settings.set('quiet_hours.marketing', 'false')
    expect((await later).id).toBe(second.id)
  })

  it('waits over a restart with its zone', async () => {
    const bench = await opened()
    const { id } = await bench.settled('marketing', LONDON, { timeZone: 'Asia/Tokyo' })
    const engine = await bench.reopen()
    await engine.start()
    expect((await engine.explain(id))?.reasons).toMatchObject([
      { reason: 'quiet_hours', until: Date.UTC(2026, 0, 15, 23) },
    ])
  })

  it('of a whole batch is put aside once and then left alone until the morning', async () => {
    const bench = await opened()
    const { engine, clock, provider, templateOf } = bench
    const count = 1_000
    let changes = 0
    const allWait = new Promise<void>((resolve) => {
      engine.events.on('message:changed', ({ pendingReason }) => {
        if (pendingReason === 'quiet_hours' && ++changes === count) resolve()
      })
    })
    const recipients = Array.from({ length: count }, (_, i) => `+86138${String(i).padStart(8, '0')}`)
    const variablesList = recipients.map(() => ({}))
    await engine.messages.acceptBatch({ templateId: templateOf('marketing'), recipients, variablesList })
    await allWait
    const deepInTheNight = new Promise<void>((resolve) => clock.after(6 * HOUR, resolve))
    await passTime(bench, deepInTheNight)
    expect([changes, provider.calls.length]).toEqual([count, 0])
    const { messages } = await engine.messages.search({ limit: 200 })
    expect(new Set(messages.map(({ dueAt }) => dueAt))).toEqual(new Set([MORNING]))
    await passTime(bench, provider.called(count))
    expect(provider.calls).toHaveLength(count)
  })
})
