/** Receipts as providers bring them: by themselves, late, again and again, in any order, and never if we do not answer well. */
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { callbacksCannotRun } from '../../channels/test/twins/wechat.ts'
import { openScene, PROVIDERS, type ReceiptScene } from '../test/support/receipt-scenes.ts'

/** Calls per message: Twilio tells of each state by itself. Its own `sent` changes nothing here. */
const CALLS: Record<keyof typeof PROVIDERS, number> = { Aliyun: 1, Tencent: 1, Twilio: 2, WeChat: 1 }
/** Whether its receipts carry our id, so that they need not wait for the answer to the send. */
const KNOWS_OUR_ID: Record<keyof typeof PROVIDERS, boolean> = {
  Aliyun: true,
  Tencent: false,
  Twilio: true,
  WeChat: false,
}

const NAMES = Object.keys(PROVIDERS) as (keyof typeof PROVIDERS)[]
const endsOf = ({ courier }: ReceiptScene) => courier.tries.map(({ end }) => end)

/** How many receipts of the message are on disk. */
async function receiptsOf({ server }: ReceiptScene, id: number): Promise<number> {
  const trace = await server.engine.traces.get(id)
  return trace?.nodes.filter(({ name, status }) => name === 'callback' && status !== 'pending').length ?? 0
}

describe.skipIf(callbacksCannotRun).each(NAMES)('%s', (name) => {
  const calls = CALLS[name]

  it('brings the receipt after a while, and is answered as it wants', async () => {
    const scene = await openScene(name)
    const id = await scene.send()
    expect(await scene.stateOf(id)).toBe('sent')
    await scene.arrive(calls)
    expect(await scene.stateOf(id)).toBe('delivered')
    expect(endsOf(scene)).toEqual(Array.from({ length: calls }, () => 'taken'))
    expect(scene.clock.pending).toBe(0)
  })

  it('comes again on its own schedule while nobody is there, and the receipt is kept', async () => {
    const scene = await openScene(name)
    const { courier, clock, door } = scene
    const id = await scene.send()
    const waits = courier.terms.againAfterMs
    door.next(...Array.from({ length: calls * waits.length }, () => 'away' as const))
    await scene.arrive(calls)
    for (const [at, wait] of waits.entries()) {
      expect(await scene.stateOf(id)).toBe('sent')
      const ended = courier.ended((at + 2) * calls)
      clock.advance(wait)
      await ended
    }
    expect(endsOf(scene).slice(-calls)).toEqual(Array.from({ length: calls }, () => 'taken'))
    expect(await scene.stateOf(id)).toBe('delivered')
    const times = [...new Set(courier.tries.map(({ at }) => at))]
    const expected = waits.reduce((list, wait) => [...list, (list.at(-1) ?? 0) + wait], [times[0] ?? 0])
    expect(times).toEqual([...new Set(expected)])
  })

  it('gives up after its last call, and the message stays sent until it is looked up', async () => {
    const scene = await openScene(name)
    const { courier, clock, door } = scene
    const id = await scene.send()
    const times = courier.terms.againAfterMs.length + 1
    door.next(...Array.from({ length: calls * times }, () => 'away' as const))
    await scene.arrive(calls)
    for (const [at, wait] of courier.terms.againAfterMs.entries()) {
      const ended = courier.ended((at + 2) * calls)
      clock.advance(wait)
      await ended
    }
    expect(courier.tries).toHaveLength(calls * times)
    expect(clock.pending).toBe(0)
    expect(await scene.stateOf(id)).toBe('sent')
  })

  it('does not wait for our answer for ever; what it brings twice is written once', async () => {
    const scene = await openScene(name)
    const { courier, clock, door } = scene
    const id = await scene.send()
    door.next(...Array.from({ length: calls }, () => 'answer_lost' as const))
    clock.advance(courier.terms.delayMs)
    await door.answered(calls)
    expect(await scene.stateOf(id)).toBe('delivered')
    clock.advance(courier.terms.patienceMs)
    await courier.ended(calls)
    expect(endsOf(scene)).toEqual(Array.from({ length: calls }, () => 'late'))
    if (!courier.terms.onlyIfUnreachable) {
      clock.advance(courier.terms.againAfterMs[0] ?? 0)
      await courier.ended(2 * calls)
      expect(endsOf(scene).at(-1)).toBe('taken')
    }
    expect(await scene.stateOf(id)).toBe('delivered')
    expect(await receiptsOf(scene, id)).toBe(1)
  })

  it('may be quicker than its own answer to the send', async () => {
    const scene = await openScene(name)
    const { server, twin, courier, clock } = scene
    // WeChat is asked for a token first.
    if (name === 'WeChat') {
      await scene.send(1)
      await scene.arrive()
    }
    const [requests, tries] = [twin.requests.length, courier.tries.length]
    twin.failNext('hang')
    const id = await scene.accept()
    await twin.handled(requests + 1)
    expect(await scene.stateOf(id)).toBe('sending')
    await scene.arrive(calls)
    expect(endsOf(scene).slice(tries)).toEqual(
      Array.from({ length: calls }, () => (KNOWS_OUR_ID[name] ? 'taken' : '503')),
    )
    const answered = once(server.engine.events, KNOWS_OUR_ID[name] ? 'message:delivered' : 'message:sent')
    twin.answerLate()
    await answered
    if (!KNOWS_OUR_ID[name]) {
      clock.advance(courier.terms.againAfterMs[0] ?? 0)
      await courier.ended(tries + 2)
    }
    expect(await scene.stateOf(id)).toBe('delivered')
  })

  it('brings the receipts of several messages in any order, each to its own', async () => {
    const scene = await openScene(name)
    const { courier, clock, door } = scene
    const [first, second] = [await scene.send(0), await scene.send(1)]
    const together = courier.terms.batch > 1
    if (together) {
      await scene.arrive()
      expect(courier.tries.map(({ receipts }) => receipts.length)).toEqual([2])
    } else {
      // The first one's calls find nobody and come after those of the second.
      door.next(...Array.from({ length: calls }, () => 'away' as const))
      await scene.arrive(2 * calls)
      clock.advance(courier.terms.againAfterMs[0] ?? 0)
      await courier.ended(3 * calls)
    }
    expect([await scene.stateOf(first), await scene.stateOf(second)]).toEqual(['delivered', 'delivered'])
  })

  it('is told apart from somebody who changes what it says, or does not know the secret', async () => {
    const scene = await openScene(name)
    const id = await scene.send()
    expect(await scene.forge()).toBe(403)
    expect(await scene.stateOf(id)).toBe('sent')
    expect(await receiptsOf(scene, id)).toBe(0)
    await scene.arrive(calls)
    expect(await scene.stateOf(id)).toBe('delivered')
  })
})
