import type { Outcome, RawRequest, ReceiptReply } from '@signalbox/channels/adapter'
import type { Channel, Purpose } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { once } from '../../src/index.ts'
import { openEngine } from '../support/engine.ts'

const ADA = '13800000001'
const BOB = '13800000002'

/** One template of each purpose, and what became of a message of it. */
async function opened(channel: Channel = 'sms') {
  const bench = await openEngine()
  const { engine, provider } = bench
  const service =
    engine.services.list().find((each) => each.channel === channel) ??
    (await engine.services.create({
      ...{ name: channel, channel, adapter: 'test.provider', settings: {}, priority: 10, enabled: true },
    }))
  const subject = channel === 'email' ? { subject: 'Hello' } : {}
  const templates = new Map<Purpose, number>()
  for (const purpose of ['otp', 'notice', 'marketing'] as const) {
    const { id } = await engine.templates.create({ name: purpose, channel, content: 'Hello', purpose, ...subject })
    templates.set(purpose, id)
  }
  async function send(purpose: Purpose, recipient = ADA): Promise<number> {
    const templateId = templates.get(purpose) as number
    return (await engine.messages.accept({ templateId, recipient, variables: {} })).id
  }
  /** How it ended: the state, and the code when it failed. */
  async function end(purpose: Purpose, recipient = ADA): Promise<string> {
    const changes = engine.events
    const ended = Promise.race([once(changes, 'message:sent'), once(changes, 'message:failed')])
    await send(purpose, recipient)
    const { state, errorCode } = await ended
    return errorCode ?? state
  }
  const receive = (told: Partial<ReceiptReply>) =>
    engine.callbacks.receive(service.id, {
      ...{ method: 'POST', url: '/callbacks/1', token: 'good', headers: {} },
      body: Buffer.from(JSON.stringify(told)),
    } satisfies RawRequest)
  const reply = (text: string, from = ADA) => receive({ replies: [{ from, text, at: 0 }] })
  const list = () => engine.suppressions.list({ limit: 10 })
  return { ...bench, engine, provider, service, send, end, receive, reply, list }
}

const refused = (suppress: Extract<Outcome, { status: 'failed' }>['suppress']): Outcome => ({
  ...{ status: 'failed', category: 'invalid_recipient', scope: 'recipient', code: '550 5.1.1', detail: 'nobody there' },
  ...(suppress ? { suppress } : {}),
})

describe('who must not be written to', () => {
  it('gets no marketing after an unsubscription, and still notices and one-time codes', async () => {
    const { engine, end } = await opened()
    await engine.suppressions.add({ channel: 'sms', recipient: ADA, reason: 'unsubscribe' })
    expect([await end('marketing'), await end('notice'), await end('otp')]).toEqual(['suppressed', 'sent', 'sent'])
    expect(await end('marketing', BOB)).toBe('sent')
  })

  it('gets one-time codes alone where nobody seems to be', async () => {
    const { engine, end } = await opened()
    await engine.suppressions.add({ channel: 'sms', recipient: ADA, reason: 'hard_bounce' })
    expect([await end('marketing'), await end('notice'), await end('otp')]).toEqual([
      'suppressed',
      'suppressed',
      'sent',
    ])
  })

  it('is told in the trace, with reason and since when, and no provider is asked', async () => {
    const { engine, end, provider, clock, service } = await opened()
    await engine.services.update(service.id, { dailyQuota: 10 })
    const { id } = await engine.suppressions.add({ channel: 'sms', recipient: ADA, reason: 'complaint' })
    const since = new Date(clock.now()).toISOString()
    clock.advance(60_000)
    await end('marketing')
    const [message] = (await engine.messages.search({ limit: 1 })).messages
    expect(message).toMatchObject({
      state: 'failed',
      errorMessage: `its recipient is not to be written to: complaint since ${since}, stops marketing (suppression ${id})`,
    })
    const trace = await engine.traces.get(message?.id as number)
    expect(trace?.nodes.map(({ name, status }) => [name, status])).toEqual([
      ['queue', 'succeeded'],
      ['process', 'failed'],
    ])
    expect(provider.calls).toHaveLength(0)
    expect(engine.services.health(service.id)).toMatchObject({ lastSentAt: null, quota: { used: 0 } })
  })

  it('is remembered over a restart, and forgotten once it is lifted', async () => {
    const bench = await opened()
    const { id } = await bench.engine.suppressions.add({ channel: 'sms', recipient: ADA, reason: 'manual' })
    const engine = await bench.reopen()
    await engine.start()
    const marketing = (await engine.templates.list()).find(({ purpose }) => purpose === 'marketing')
    const end = async () => {
      const ended = Promise.race([once(engine.events, 'message:sent'), once(engine.events, 'message:failed')])
      await engine.messages.accept({ templateId: marketing?.id ?? 0, recipient: ADA, variables: {} })
      return (await ended).errorCode
    }
    expect(await end()).toBe('suppressed')
    await engine.suppressions.remove(id)
    expect(await end()).toBeNull()
    await expect(engine.suppressions.remove(id)).rejects.toMatchObject({ reason: 'suppression_not_found' })
  })

  it('is whoever a provider says is not to be written to, and nobody of whom it does not', async () => {
    const { provider, end, list } = await opened()
    provider.answerWith(refused('hard_bounce'))
    expect(await end('notice')).toBe('550 5.1.1')
    provider.answerWith(refused(undefined))
    expect(await end('notice', BOB)).toBe('550 5.1.1')
    expect(await end('notice')).toBe('suppressed')
    const [suppression, ...others] = await list()
    expect(others).toEqual([])
    expect(suppression).toMatchObject({ recipient: ADA, purpose: 'all', reason: 'hard_bounce', detail: '550 5.1.1' })
    expect(provider.calls.map(({ recordId }) => recordId)).toContain(suppression?.recordId)
  })

  it('is whoever a receipt says so of', async () => {
    const { engine, end, receive, clock, provider } = await opened()
    provider.answerWith({ status: 'accepted', providerId: 'p-1', final: false })
    await end('marketing')
    const [{ id } = { id: 0 }] = (await engine.messages.search({ limit: 1 })).messages
    await receive({ events: [{ recordId: id, state: 'failed', at: clock.now(), code: 'spam', suppress: 'complaint' }] })
    expect(await engine.messages.get(id)).toMatchObject({ state: 'failed', errorCode: 'spam' })
    expect(await end('marketing')).toBe('suppressed')
    expect(await end('notice')).toBe('sent')
  })
})

describe('a recipient', () => {
  it('who answers with an opt-out word gets no more marketing until they ask for it again', async () => {
    const { engine, end, reply, list } = await opened()
    await end('marketing')
    const [{ id } = { id: 0 }] = (await engine.messages.search({ limit: 1 })).messages
    expect(await reply('ｔｄ ')).toMatchObject({ status: 200 })
    expect(await list()).toMatchObject([{ recipient: ADA, reason: 'unsubscribe', purpose: 'marketing', recordId: id }])
    expect(await end('marketing')).toBe('suppressed')
    await reply('thanks, but please do not stop')
    expect(await end('marketing')).toBe('suppressed')
    await reply('START')
    expect(await list()).toEqual([])
    expect(await end('marketing')).toBe('sent')
  })

  it('takes back by a word only what they asked for themselves', async () => {
    const { engine, end, reply } = await opened()
    await engine.suppressions.add({ channel: 'sms', recipient: ADA, reason: 'manual' })
    await reply('STOP')
    await reply('START')
    expect(await end('marketing')).toBe('suppressed')
  })

  it('who gives up following an account is sent nothing until they follow it again', async () => {
    const { end, receive } = await opened('wechat')
    await receive({ followings: [{ from: ADA, follows: false, at: 0 }] })
    expect([await end('notice'), await end('notice', BOB)]).toEqual(['suppressed', 'sent'])
    await receive({ followings: [{ from: ADA, follows: true, at: 0 }] })
    expect(await end('notice')).toBe('sent')
  })
})
