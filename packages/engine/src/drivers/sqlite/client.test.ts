import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { firstIdAt } from '../../ids.ts'
import { recentMemory } from './recipients.ts'
import { mountSmallDisk, smallDiskMissing } from '../../../test/support/small-disk.ts'
import { loseThreads, runningThreads } from '../../../test/support/threads.ts'
import { committedIn } from '../../../test/support/wal.ts'
import { openDatabase } from './database.ts'
import { openThread, type Reader, type Writer } from './client.ts'
import type { ReadOperations, WriteOperations } from './operations/index.ts'

const T0 = Date.UTC(2026, 0, 15)

async function openWriter(): Promise<{ writer: Writer; folder: string; onCommitUnknown: ReturnType<typeof vi.fn> }> {
  const folder = temporaryFolder()
  const onCommitUnknown = vi.fn<(error: Error) => void>()
  const writer: Writer = await openThread<WriteOperations>({ folder, mode: 'write' }, { onCommitUnknown })
  onTestFinished(() => writer.close())
  return { writer, folder, onCommitUnknown }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Nothing that others say is heard until then. */
function waitWithoutATurn(isDone: () => boolean): void {
  const giveUpAt = performance.now() + 10_000
  while (!isDone()) if (performance.now() > giveUpAt) expect.unreachable('expected it to be done within 10 s')
}

const acquire = (writer: Writer, key: string) => writer.call('locks.acquire', key, 'me', 1_000, T0)

describe('the writer', () => {
  it('puts everything that is asked for in one turn into one transaction', async () => {
    const { writer, folder } = await openWriter()
    const before = committedIn(folder)
    const leases = await Promise.all(Array.from({ length: 500 }, (_, i) => acquire(writer, `k${i}`)))
    expect(leases.every((lease) => lease?.fence === 1)).toBe(true)
    expect(committedIn(folder) - before).toBe(1)
  })

  it('commits before it answers, and only when there is something to write', async () => {
    const { writer, folder } = await openWriter()
    const before = committedIn(folder)
    await acquire(writer, 'a')
    expect(committedIn(folder) - before).toBe(1)
    await writer.call('queue.lanes')
    expect(committedIn(folder) - before).toBe(1)
  })

  it('takes at most 2,000 calls into one transaction, so that what comes after does not wait for all', async () => {
    const { writer, folder } = await openWriter()
    const before = committedIn(folder)
    await Promise.all(Array.from({ length: 4_500 }, (_, i) => acquire(writer, `k${i}`)))
    expect(committedIn(folder) - before).toBe(3)
  })

  it('goes on with what has arrived meanwhile before the main thread has heard of anything', async () => {
    const { writer, folder } = await openWriter()
    const holder = openDatabase(folder, 'write')
    onTestFinished(() => void holder.close())
    const written = holder.prepare('SELECT count(*) FROM locks').pluck()
    holder.exec('BEGIN IMMEDIATE')
    const answers: Promise<unknown>[] = []
    for (const key of ['first', 'second', 'third']) {
      answers.push(acquire(writer, key))
      await nextTurn()
    }
    holder.exec('ROLLBACK')
    waitWithoutATurn(() => written.get() === 3)
    expect(await Promise.all(answers)).toMatchObject([{ fence: 1 }, { fence: 1 }, { fence: 1 }])
  })

  it('answers in the order of the calls', async () => {
    const { writer } = await openWriter()
    const order: number[] = []
    await Promise.all(Array.from({ length: 50 }, (_, i) => acquire(writer, `k${i}`).then(() => order.push(i))))
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('settles what was asked for before it closes, refuses what comes after, and closes once', async () => {
    const { writer } = await openWriter()
    const before = acquire(writer, 'before')
    // Asked for by whoever gets that answer: the store is closing by then.
    const following = before.then(() => acquire(writer, 'following'))
    const closed = Promise.all([writer.close(), writer.close()])
    const refusal = { reason: 'not_accepting', message: 'the store is closed' }
    await expect(following).rejects.toMatchObject(refusal)
    await closed
    expect(await before).toMatchObject({ fence: 1 })
    await expect(acquire(writer, 'after')).rejects.toMatchObject(refusal)
    expect(runningThreads()).toBe(0)
  })

  it('says that what was under way is not known when its thread is lost, takes nothing more, and still closes', async () => {
    const { writer, onCommitUnknown } = await openWriter()
    const underWay = acquire(writer, 'k')
    await loseThreads()
    await expect(underWay).rejects.toThrow('the store thread ended')
    await expect(acquire(writer, 'k')).rejects.toMatchObject({
      reason: 'not_accepting',
      message: 'the store thread ended',
    })
    expect(onCommitUnknown).toHaveBeenCalledTimes(1)
    await writer.close()
  })
})

describe.skipIf(smallDiskMissing())('the writer on a full disk', () => {
  const UNKNOWN_RECEIPT = { recordId: 1, state: 'delivered', at: T0 } as const

  async function openFull() {
    const disk = mountSmallDisk()
    const onWritable = vi.fn<(refused: string | null) => void>()
    const setup = { folder: disk.folder, mode: 'write' } as const
    const onCommitUnknown = (error: Error) => expect.unreachable(error.message)
    const writer: Writer = await openThread<WriteOperations>(setup, { onCommitUnknown, onWritable })
    onTestFinished(() => writer.close())
    disk.fill()
    await expect(acquire(writer, 'k')).rejects.toMatchObject({ reason: 'not_accepting', retryAfterMs: 500 })
    expect(onWritable.mock.calls).toEqual([['expected room on the disk, got none']])
    return { disk, writer, onWritable }
  }

  it('refuses at once who can come again, tries on with what the engine must write, and goes on by itself', async () => {
    const { disk, writer, onWritable } = await openFull()
    const kept = writer.call('messages.receipt', UNKNOWN_RECEIPT, T0)
    disk.free()
    expect(await kept).toBeNull()
    expect(onWritable.mock.calls).toEqual([[expect.any(String)], [null]])
    expect(await acquire(writer, 'k')).toMatchObject({ fence: 1 })
  })

  it('closes all the same, and says of what waits that it was not written', async () => {
    const { writer } = await openFull()
    const kept = writer.call('messages.receipt', UNKNOWN_RECEIPT, T0)
    await Promise.all([expect(kept).rejects.toMatchObject({ reason: 'not_accepting' }), writer.close()])
  })
})

describe.skipIf(smallDiskMissing())('a reader while the disk is full', () => {
  it('finds who was written to a moment before, and does not wait for the writer', async () => {
    const disk = mountSmallDisk()
    const setup = { folder: disk.folder, recent: recentMemory() }
    const ignore = { onCommitUnknown: () => undefined }
    const writer: Writer = await openThread<WriteOperations>({ ...setup, mode: 'write' }, ignore)
    onTestFinished(() => writer.close())
    const reader: Reader = await openThread<ReadOperations>({ ...setup, mode: 'read' }, ignore)
    onTestFinished(() => reader.close())
    const shared = ['sms/api', false, 'sms', 1, 1, 5, 'api', null, T0, T0, null, 1, null, null] as const
    const id = firstIdAt(T0)
    await writer.call('messages.acceptOne', ...shared, id, '13800000001', '{}')
    disk.fill()
    await expect(acquire(writer, 'k')).rejects.toMatchObject({ reason: 'not_accepting' })
    const never = writer.call('messages.receipt', { recordId: 1, state: 'delivered', at: T0 }, T0)
    const query = { recipient: '13800000001', limit: 10 }
    expect((await reader.call('messages.search', query)).messages).toMatchObject([{ id, recipient: '13800000001' }])
    expect((await reader.call('messages.refs', query)).refs).toMatchObject([{ id }])
    disk.free()
    expect(await never).toBeNull()
  })
})

describe('the writer beside a program that holds the database', () => {
  it('refuses at once who can come again, tries on with what the engine must write, and goes on by itself', async () => {
    const folder = temporaryFolder()
    const onWritable = vi.fn<(refused: string | null) => void>()
    const onCommitUnknown = (error: Error) => expect.unreachable(error.message)
    const setup = { folder, mode: 'write', busyTimeoutMs: 10 } as const
    const writer: Writer = await openThread<WriteOperations>(setup, { onCommitUnknown, onWritable })
    onTestFinished(() => writer.close())
    const holder = openDatabase(folder, 'write')
    onTestFinished(() => void holder.close())
    holder.exec('BEGIN IMMEDIATE')

    const message = 'expected the database, got one that another program holds: nothing was stored'
    await expect(acquire(writer, 'k')).rejects.toMatchObject({ reason: 'not_accepting', message })
    const kept = writer.call('messages.receipt', { recordId: 1, state: 'delivered', at: T0 }, T0)
    holder.exec('ROLLBACK')
    expect(await kept).toBeNull()
    expect(onWritable.mock.calls).toEqual([[expect.any(String)], [null]])
    expect(await acquire(writer, 'k')).toMatchObject({ fence: 1 })
  })
})

describe('the writer that is refused several times in a row', () => {
  it('tries everything again in the order in which it was asked for', async () => {
    const folder = temporaryFolder()
    const onWritable = vi.fn<(refused: string | null) => void>()
    const onCommitUnknown = (error: Error) => expect.unreachable(error.message)
    const setup = { folder, mode: 'write', busyTimeoutMs: 10 } as const
    const writer: Writer = await openThread<WriteOperations>(setup, { onCommitUnknown, onWritable })
    onTestFinished(() => writer.close())
    const holder = openDatabase(folder, 'write')
    onTestFinished(() => void holder.close())
    holder.exec('BEGIN IMMEDIATE')
    const order: number[] = []
    const answers: Promise<unknown>[] = []
    // A turn for each: they cross one by one, and are refused one by one or together.
    for (let i = 0; i < 5; i++) {
      answers.push(
        writer.call('messages.receipt', { recordId: 1, state: 'delivered', at: T0 }, T0).then(() => order.push(i)),
      )
      await nextTurn()
    }
    await vi.waitUntil(() => onWritable.mock.calls.length > 0)
    holder.exec('ROLLBACK')
    await Promise.all(answers)
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(onWritable.mock.calls).toEqual([[expect.any(String)], [null]])
  })
})

describe('a reader', () => {
  it('sees every write that was answered, and fails one call at a time', async () => {
    const { writer, folder } = await openWriter()
    const reader: Reader = await openThread<ReadOperations>(
      { folder, mode: 'read' },
      { onCommitUnknown: () => undefined },
    )
    onTestFinished(() => reader.close())
    await writer.call('kept.keep', {
      recordId: 1,
      channel: 'sms',
      serviceId: 7,
      recipient: 'r',
      subject: null,
      text: 't',
      html: null,
      fields: null,
      keptAt: T0,
    })
    const [kept, failed, states] = await Promise.allSettled([
      reader.call('catalogue.kept', { limit: 5 }),
      reader.call('catalogue.template', {} as unknown as number),
      reader.call('stats.states'),
    ])
    expect([kept.status, failed.status, states.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(kept).toMatchObject({ value: [{ recordId: 1 }] })
  })
})

describe('the log', () => {
  const MIB = 2 ** 20
  const keep = (writer: Writer, text: string) =>
    writer.call('kept.keep', {
      ...{ recordId: 1, channel: 'sms', serviceId: 7, recipient: 'r', subject: null, html: null, fields: null },
      text,
      keptAt: T0,
    })

  it('is emptied into the database by a reader, beside the writer', async () => {
    const { writer, folder } = await openWriter()
    const reader: Reader = await openThread<ReadOperations>(
      { folder, mode: 'read' },
      { onCommitUnknown: () => undefined },
    )
    onTestFinished(() => reader.close())
    const isInDatabase = () => readFileSync(join(folder, 'signalbox.db')).includes('a text to look for')
    await keep(writer, 'a text to look for')
    expect(isInDatabase()).toBe(false)
    await reader.call('log.empty')
    expect(isInDatabase()).toBe(true)
  })

  it('begins anew when it has 64 MiB, also when nobody else empties it', async () => {
    const { writer, folder } = await openWriter()
    for (let i = 0; i < 90; i++) await keep(writer, 'x'.repeat(MIB))
    expect(statSync(join(folder, 'signalbox.db-wal')).size).toBeLessThan(70 * MIB)
  })
})
