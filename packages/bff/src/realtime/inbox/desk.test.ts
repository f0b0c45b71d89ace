/** Two desks on one store, as two nodes have them: what comes through one must reach the devices at the other. */
import { embedded } from '@signalbox/engine/embedded'
import { createEngine } from '@signalbox/engine'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapters } from '@signalbox/channels'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ManualClock } from '../../../../engine/test/support/manual-clock.ts'
import { localBus } from '../../../test/support/local-bus.ts'
import { createCourier } from './courier.ts'
import { createDesk, type Desk, type DeskDevice } from './desk.ts'

/** What a device at this desk was shown, by seq, and told of what was read elsewhere. */
function enter(desk: Desk, user: string, clock: ManualClock) {
  const device = { shown: [] as number[], reads: [] as number[], leave: () => undefined as void }
  const courier = createCourier({
    since: 0,
    read: (since) => desk.read(user, since),
    hand(_since, page) {
      device.shown.push(...page.entries.map(({ seq }) => seq))
      queueMicrotask(() => courier.acknowledge(page.upTo))
    },
    taken: (upTo) => desk.delivered(user, upTo, 'device'),
    onSilence: () => undefined,
    onError: (error) => expect.unreachable(String(error)),
    after: (ms, fn) => clock.after(ms, fn),
  })
  const onDesk: DeskDevice = {
    wake: (seq) => courier.wake(seq),
    tellRead: (seqs) => device.reads.push(...seqs),
    close: () => courier.close(),
  }
  device.leave = desk.enter(user, onDesk)
  courier.wake(1)
  return Object.assign(device, { onDesk })
}

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-desk-'))
  const clock = new ManualClock()
  const engine = await createEngine({ driver: embedded({ folder }), adapters: adapters(), clock })
  onTestFinished(async () => {
    await engine.stop({ deadlineMs: 0 })
    await rm(folder, { recursive: true, force: true })
  })
  await engine.start()
  await engine.services.create({
    ...{ name: 'inbox', channel: 'app', adapter: 'app.inbox', priority: 10, enabled: true, settings: {} },
  })
  const template = await engine.templates.create({
    ...{ name: 'News', channel: 'app', subject: 'News', content: '{{text}}' },
  })
  const bus = localBus()
  const state = { heard: true }
  const desks: Desk[] = []
  // Events of the engine come to the first alone, as those of a node come to nobody else.
  const silent = { ...engine.events, on: () => () => undefined } as unknown as typeof engine.events
  for (const [i, events] of [engine.events, silent].entries()) {
    const elsewhere = { bus, lease: i + 1, heard: () => state.heard }
    const onError = (error: unknown) => expect.unreachable(String(error))
    desks.push(createDesk({ engine: { inbox: engine.inbox, events }, clock, elsewhere, onError }))
  }
  onTestFinished(() => desks.forEach((desk) => desk.close()))
  const [here, there] = desks as [Desk, Desk]
  return {
    ...{ clock, bus, state, here, there, engine },
    async put(user: string) {
      const put = new Promise<void>((resolve) => {
        const off = engine.events.on('inbox:put', () => {
          off()
          resolve()
        })
      })
      await engine.messages.accept({ templateId: template.id, recipient: user, variables: { text: 'hello' } })
      await put
    },
  }
}

describe('devices of one user at two nodes', { timeout: 60_000 }, () => {
  it('are both shown what comes through one of them, in order, once', async () => {
    const { clock, here, there, put } = await open()
    const [phone, tablet] = [enter(here, 'ann', clock), enter(there, 'ann', clock)]
    const stranger = enter(there, 'bob', clock)
    for (let i = 0; i < 5; i++) {
      await put('ann')
      clock.advance(20)
    }
    await expect
      .poll(() => [phone.shown, tablet.shown])
      .toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ])
    expect(stranger.shown).toEqual([])
  })

  it('tell each other what was read', async () => {
    const { clock, here, there, put } = await open()
    const [phone, tablet] = [enter(here, 'ann', clock), enter(there, 'ann', clock)]
    await put('ann')
    clock.advance(20)
    await expect.poll(() => tablet.shown).toEqual([1])
    await there.markRead('ann', [1], 'tablet', tablet.onDesk)
    clock.advance(20)
    expect([phone.reads, tablet.reads]).toEqual([[1], []])
  })

  it('miss nothing and see nothing twice when nothing is heard between the nodes', async () => {
    const { clock, bus, state, here, there, put } = await open()
    const [phone, tablet] = [enter(here, 'ann', clock), enter(there, 'ann', clock)]
    await put('ann')
    clock.advance(20)
    await expect.poll(() => tablet.shown).toEqual([1])
    bus.away = true
    state.heard = false
    await put('ann')
    await put('ann')
    await here.markRead('ann', [1, 2], 'phone', phone.onDesk)
    clock.advance(1_900)
    expect(tablet.shown).toEqual([1])
    clock.advance(100)
    await expect.poll(() => tablet.shown).toEqual([1, 2, 3])
    await expect.poll(() => tablet.reads).toEqual([1, 2])
    bus.away = false
    state.heard = true
    await put('ann')
    clock.advance(2_100)
    await expect.poll(() => tablet.shown).toEqual([1, 2, 3, 4])
    await expect.poll(() => clock.pending > 0 && phone.shown).toEqual([1, 2, 3, 4])
    expect(tablet.reads).toEqual([1, 2])
  })

  it('are found by a look twice a minute when what was said got lost', async () => {
    const { clock, bus, there, put } = await open()
    const tablet = enter(there, 'ann', clock)
    // After the look that every device begins with.
    await there.read('ann', 0)
    bus.away = true
    await put('ann')
    clock.advance(20)
    bus.away = false
    for (let i = 0; i < 14; i++) {
      clock.advance(2_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(tablet.shown).toEqual([])
    clock.advance(2_000)
    await expect.poll(() => tablet.shown).toEqual([1])
  })
})
