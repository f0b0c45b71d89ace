/** Bulk actions are on disk: a restart, or a crash at any moment, takes nothing from them and makes them act on nothing twice. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEngine, type BulkJob, type Engine } from '../../src/index.ts'
import { openEngine, temporaryStore, type Bench } from '../support/engine.ts'
import { createProvider, REJECTED } from '../support/provider.ts'
import { driverAt, sql } from '../support/stores.ts'

const CHILD = fileURLToPath(new URL('../support/bulk-child.ts', import.meta.url))
const MESSAGES = 1_900

/** Runs the child until it has come so far, and kills it there. */
async function killAt(moment: string, place: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, place, String(MESSAGES), moment], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  for await (const line of createInterface({ input: child.stdout })) if (line === 'now') child.kill('SIGKILL')
  expect(await exited).toBe('SIGKILL')
}

async function ended(engine: Engine): Promise<BulkJob> {
  for (;;) {
    const [job] = await engine.bulk.list()
    if (job && job.state !== 'running') return job
  }
}

/** How often each message was put back, as the audit log has it. */
async function retriesOf(place: string): Promise<number[]> {
  const rows = await sql(place, "SELECT count(*) AS count FROM audit_log WHERE action = 'retry' GROUP BY record_id")
  return rows.map(({ count }) => Number(count))
}

async function waiting(bench: Bench, count: number, delayMs = 0): Promise<void> {
  await bench.engine.messages.acceptBatch({
    ...{ templateId: bench.templateId, delayMs },
    recipients: Array.from({ length: count }, (_, i) => `138${String(i).padStart(8, '0')}`),
    variablesList: Array.from({ length: count }, () => ({ name: 'Ada' })),
  })
}

describe('a bulk action in a process that is killed', () => {
  // Before any step, while one is told, between two, while one is under way; and when what was put back has failed again.
  it.each(['begun', 'moved 1', 'moved 501', 'step 2', 'failed 1', 'failed 20', 'failed 300'])(
    'at “%s” goes on after the restart and puts no message back twice',
    async (moment) => {
      const place = temporaryStore()
      await killAt(moment, place)
      const provider = createProvider()
      provider.answerWith(REJECTED)
      const engine = await createEngine({ driver: driverAt(place), adapters: [provider.adapter] })
      onTestFinished(() => engine.stop())
      const [cutOff] = await engine.bulk.list()
      await engine.start()
      const job = await ended(engine)
      expect(job).toMatchObject({ state: 'done', total: MESSAGES, moved: MESSAGES, skipped: 0 })
      // Where all was done by then, there was nothing to go on with.
      expect(job.interruptions).toBe(cutOff?.state === 'running' ? 1 : 0)
      expect(job).toMatchObject({ id: cutOff?.id, action: 'retry', note: 'provider is back', by: 'Ada' })
      const retries = await retriesOf(place)
      expect(retries).toHaveLength(MESSAGES)
      expect(Math.max(...retries)).toBe(1)
    },
  )
})

describe('a bulk action', () => {
  it('is cut off by a stop of the engine between two steps, and goes on with the next start', async () => {
    const bench = await openEngine({ start: false })
    await waiting(bench, 1_200)
    const { bulk } = bench.engine
    const job = await bulk.start({ action: 'cancel', filter: {}, ...(await bulk.preview('cancel', {})) })
    const engine = await bench.reopen()
    const before = await engine.bulk.get(job.id)
    expect(before).toMatchObject({ state: 'running', interruptions: 0 })
    expect(before.moved).toBeLessThan(1_200)
    await engine.pause({ channel: 'sms' })
    await engine.start()
    expect(await ended(engine)).toMatchObject({ state: 'done', moved: 1_200, interruptions: 1 })
  })

  it('that was cut off is stopped before the engine starts, and does not go on', async () => {
    const bench = await openEngine({ start: false })
    await waiting(bench, 1_200)
    const { bulk } = bench.engine
    const job = await bulk.start({ action: 'cancel', filter: {}, ...(await bulk.preview('cancel', {})) })
    const engine = await bench.reopen()
    const { moved } = await engine.bulk.stop(job.id)
    await engine.pause({ channel: 'sms' })
    await engine.start()
    expect(await engine.bulk.get(job.id)).toMatchObject({ state: 'stopped', moved })
    expect((await engine.bulk.preview('cancel', {})).count).toBe(1_200 - moved)
  })

  it('of an earlier run is listed, and still taken back', async () => {
    const bench = await openEngine()
    bench.provider.answerWith(REJECTED)
    await waiting(bench, 3)
    for (let left = true; left;) left = (await bench.engine.bulk.preview('retry', {})).count < 3
    await bench.engine.pause({ channel: 'sms' })
    const { bulk } = bench.engine
    const { id } = await bulk.start({ action: 'retry', filter: {}, ...(await bulk.preview('retry', {})) })
    await ended(bench.engine)
    const engine = await bench.reopen()
    expect(await engine.bulk.get(id)).toMatchObject({ state: 'done', moved: 3, undoable: true, interruptions: 0 })
    await engine.bulk.undo(id, 'Grace')
    expect(await ended(engine)).toMatchObject({ action: 'cancel', undoes: id, moved: 3, by: 'Grace' })
    await expect(engine.bulk.undo(id)).rejects.toMatchObject({ reason: 'conflict' })
  })

  it('waits while the queue has no room, says so, and goes on when it has', async () => {
    const bench = await openEngine()
    const { engine, provider, clock } = bench
    provider.answerWith(REJECTED)
    await waiting(bench, 2)
    for (let left = true; left;) left = (await engine.bulk.preview('retry', {})).count < 2
    await engine.pause({ channel: 'sms' })
    await waiting(bench, 999, 3_600_000)
    await engine.settings.set('queue.max_backlog', '1000')
    const { id } = await engine.bulk.start({
      ...{ action: 'retry', filter: {} },
      ...(await engine.bulk.preview('retry', {})),
    })
    for (let told = false; !told;) told = (await engine.bulk.get(id)).problem !== null
    expect(await engine.bulk.get(id)).toMatchObject({ state: 'running', moved: 0 })
    await engine.settings.set('queue.max_backlog', '2000')
    clock.advance(1_000)
    expect(await ended(engine)).toMatchObject({ state: 'done', moved: 2, problem: null })
  })
})
