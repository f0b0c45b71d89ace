import { adapters } from '@signalbox/channels'
import { describe, expect, it, onTestFinished } from 'vitest'
import { embedded } from '../../src/drivers/embedded.ts'
import { createEngine, once, type Engine, type InboxEntryRecord } from '../../src/index.ts'
import { temporaryFolder } from '../support/engine.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { passTime } from '../support/pass-time.ts'

const HOUR = 3_600_000

async function opened(settings: object = {}) {
  const folder = temporaryFolder()
  const clock = new ManualClock()
  const open = () => createEngine({ driver: embedded({ folder }), adapters: adapters(), clock })
  let engine: Engine = await open()
  onTestFinished(() => engine.stop({ deadlineMs: 0 }))
  await engine.services.create({
    ...{ name: 'inbox', channel: 'app', adapter: 'app.inbox', priority: 10, enabled: true },
    settings: { ...settings },
  })
  const template = await engine.templates.create({ name: 'news', channel: 'app', content: '{{text}}' })
  await engine.start()
  return {
    clock,
    get engine() {
      return engine
    },
    async tell(user: string, text: string): Promise<InboxEntryRecord> {
      const put = once(engine.events, 'inbox:put', (entry) => entry.text === text)
      const sent = once(engine.events, 'message:sent')
      await engine.messages.accept({ templateId: template.id, recipient: user, variables: { text } })
      await sent
      return put
    },
    async reopen() {
      await engine.stop({ deadlineMs: 0 })
      engine = await open()
      await engine.start()
    },
  }
}

describe('a message in an inbox', () => {
  it('is told when it is on disk, in the order of its number', async () => {
    const { engine, tell } = await opened()
    const heard: number[] = []
    engine.events.on('inbox:put', ({ seq }) => heard.push(seq))
    const entries = [await tell('ann', '1'), await tell('ann', '2')]
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2])
    expect(heard).toEqual([1, 2])
    expect((await engine.inbox.after('ann', 0, 10)).entries).toEqual(entries)
  })

  it('waits over a restart, and is delivered then', async () => {
    const bench = await opened()
    const { recordId } = await bench.tell('ann', '1')
    await bench.reopen()
    const delivered = once(bench.engine.events, 'message:delivered')
    await bench.engine.inbox.delivered('ann', 1, 'phone')
    expect((await delivered).id).toBe(recordId)
    await bench.engine.inbox.delivered('ann', 1, 'phone')
    expect((await bench.tell('ann', '2')).seq).toBe(2)
  })

  it('fails when no device has taken it in its time, and waits anew when an operator sends it again', async () => {
    const bench = await opened({ ttl_ms: HOUR })
    const { engine, tell } = bench
    const { recordId } = await tell('ann', '1')
    const read = await tell('bob', '2')
    await engine.inbox.read('bob', [1], 'phone')
    const failed = once(engine.events, 'message:failed')
    expect(await passTime(bench, failed)).toMatchObject({ id: recordId, errorCode: 'inbox_expired' })
    expect((await engine.messages.get(read.recordId))?.state).toBe('read')
    const again = once(engine.events, 'inbox:put')
    await engine.messages.retry(recordId)
    expect(await again).toMatchObject({ recordId, seq: 2 })
  })
})
