/** A data folder in which every table has rows, as a crash in the middle of everything leaves it. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { embedded } from '../../src/drivers/embedded.ts'
import { createEngine, givenKey, once } from '../../src/index.ts'
import { SETTINGS_DEFAULTS } from '../../src/settings/defaults.ts'
import { settled, T0 } from '../conformance/support.ts'
import { temporaryFolder } from './engine.ts'
import { ManualClock } from './manual-clock.ts'
import { ACCEPTED, AWAITING_RECEIPT, createProvider, REJECTED, TIMED_OUT } from './provider.ts'
import { storesOf } from './stores.ts'

export const RICH_KEYS = () => givenKey(Buffer.alloc(32, 7).toString('base64'), 'the test')
/** Of the month after the first messages. */
export const RICH_NOW = Date.UTC(2026, 1, 3, 8)

export interface RichFolder {
  folder: string
  /** Waits when the crash comes, in the queue or in memory alone. */
  waiting: number[]
  /** Was with the provider then. */
  sending: number[]
  /** Waits for its time. */
  delayed: number
  unsent: number
}

export async function richFolder(): Promise<RichFolder> {
  const folder = temporaryFolder()
  await fillByPorts(folder)
  const provider = createProvider()
  const clock = new ManualClock(RICH_NOW)
  const engine = await createEngine({
    ...{ driver: embedded({ folder }), adapters: [provider.adapter], clock, keys: RICH_KEYS() },
  })
  onTestFinished(() => engine.stop({ deadlineMs: 0 }))
  await engine.services.create({
    ...{
      name: 'sms',
      channel: 'sms',
      adapter: 'test.provider',
      settings: {},
      priority: 10,
      enabled: true,
      dailyQuota: 1_000,
    },
  })
  const { id: templateId } = await engine.templates.create({
    name: '你好 \0',
    channel: 'sms',
    content: 'Hello {{name}}',
  })
  await engine.templates.update(templateId, { content: 'Hi {{name}}' })
  await engine.experiments.start({ templateId, version: 1, shareB: 50, planned: 50, by: 'ann' })
  await engine.views.save({ name: 'Failed today', query: 'status=failed' })
  await engine.suppressions.add({ channel: 'sms', recipient: 'bob', purpose: 'all', reason: 'manual', detail: null })
  await engine.start()
  const accept = (recipient: string, more: object = {}) =>
    engine.messages.accept({ templateId, recipient, variables: { name: 'Ada "\\ \u{1F600}' }, ...more })

  // Ends in many ways.
  provider.answerWith(({ to }) =>
    to.startsWith('bad')
      ? REJECTED
      : to.startsWith('lost')
        ? TIMED_OUT
        : to.startsWith('later')
          ? AWAITING_RECEIPT
          : ACCEPTED,
  )
  const ended = Promise.all([once(engine.events, 'message:failed'), once(engine.events, 'message:unknown')])
  await accept('ada', { idempotency: { key: 'k-1', bodyHash: 'h' } })
  await accept('bad')
  await accept('lost')
  await ended
  await engine.messages.acceptBatch({
    templateId,
    recipients: Array.from({ length: 30 }, (_, i) => `task-${i}`),
    variablesList: Array.from({ length: 30 }, (_, i) => ({ name: `n${i}` })),
  })
  const { id: receipted } = await accept('later')
  await provider.called(34)
  provider.receipt({ recordId: receipted, state: 'delivered', at: clock.now() })
  await once(engine.events, 'message:delivered')
  const { id: later } = await accept('scheduled', { scheduledAt: clock.now() + 3_600_000 })
  const { id: cancelled } = await accept('cancelled', { scheduledAt: clock.now() + 3_600_000 })
  await engine.messages.cancel(cancelled)
  await engine.jobs.enqueue('notification', { text: 'disk full' })
  await storesOf('embedded').sql(
    folder,
    "UPDATE thread_pool_configs SET core_pool_size = 3 WHERE pool_name = 'message_sender'",
  )

  // And then the crash: some are with the provider, others wait.
  provider.hold()
  const ids: number[] = []
  for (let i = 0; i < 40; i++) ids.push((await accept(`last-${i}`)).id)
  await provider.called(36)
  await engine.stats.conservation()
  const sending = await idsOf(folder, 'SELECT id FROM claims')
  const crashed = temporaryFolder()
  for (const file of ['signalbox.db', 'signalbox.db-wal']) cpSync(join(folder, file), join(crashed, file))
  const waiting = ids.filter((id) => !sending.includes(id))
  return { folder: crashed, waiting, sending, delayed: later, unsent: waiting.length }
}

const idsOf = async (folder: string, statement: string) =>
  (await storesOf('embedded').sql(folder, statement)).map(({ id }) => Number(id))

/** What a story would take long to come to. */
async function fillByPorts(folder: string): Promise<void> {
  const store = await embedded({ folder }).open({ defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined })
  const unknown = await settled(store, 'unknown')
  await store.looks.write({
    ...{ recordId: unknown.id, attempt: 1, serviceId: 7, startedAt: T0, at: T0 + 1, fence: unknown.fence },
    ...{ answer: 'unknown', code: 'later', detail: 'not yet', providerId: null, deliveredAt: null, maxRetries: 3 },
  })
  const sent = await settled(store, 'sent')
  await store.replays.take([], { key: 'callback-1', reply: { status: 200, type: 'text/plain', body: 'thanks' } }, T0)
  await store.kept.keep({
    ...{ recordId: sent.id, channel: 'sms', serviceId: 7, recipient: 'ada', subject: null, text: 'Hello' },
    ...{ html: null, fields: { a: '1' }, keptAt: T0 },
  })
  await store.alerts.write(
    {
      id: 'backlog',
      state: 'firing',
      since: T0,
      worst: 42.5,
      acknowledgement: { by: 'Ada', note: 'x', at: T0, until: T0 + 5 },
    },
    { alert: 'backlog', event: 'firing', at: T0, figure: 42.5, threshold: 95, by: null, note: null },
  )
  await store.inbox.put(
    {
      ...{ recordId: sent.id, user: 'ada', title: 'Title', text: 'Hello', expiresAt: T0 + 1e9, ackTimeoutMs: 5_000 },
      keepAtMost: 100,
    },
    T0,
  )
  const failed = await settled(store, 'failed')
  const bulk = { id: failed.id + 1, note: 'why', nextBefore: null, now: T0 }
  await store.bulk.begin({
    ...{
      ...bulk,
      action: 'retry',
      filter: { status: ['failed'] },
      by: 'Ada',
      state: 'running',
      total: 1,
      moved: 0,
      skipped: 0,
    },
    ...{ startedAt: T0, finishedAt: null, problem: null, undoes: null, undone: false, interruptions: 0 },
  })
  await store.bulk.step({ ...bulk, action: 'retry', ids: [failed.id] })
  await store.bulk.end(bulk.id, 'done', null, T0)
  await store.locks.acquire('cleaning', 'a process', 1_000, T0)
  await store.settings.writeSystem('trace.retention_days', '3', T0)
  await store.close()
}
