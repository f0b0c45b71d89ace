/** Transactions that are begun behind one whose commit is under way. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { temporarySchema } from '../../../test/support/nodes.ts'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import { connectWriter } from './connect.ts'
import { statement } from './statement.ts'
import { openWriter } from './writer.ts'

const LEASE = 1
const insert = statement<[number]>('INSERT INTO notes VALUES ($1)')
const divide = statement<[number], { result: number }>('SELECT 1 / $1::integer AS result')

/** A writer of one table that has no keys: what is written twice stands there twice. */
async function writing() {
  const schema = temporarySchema()
  const sql = (text: string) => storesOf('postgres').sql(schema, text)
  await sql(`CREATE SCHEMA "${schema}"`)
  await sql('CREATE TABLE notes (note integer)')
  await sql('CREATE TABLE node_commits (lease bigint, number bigint)')
  await sql(`INSERT INTO node_commits VALUES (${LEASE}, 0)`)
  /** Which transactions were asked for, and which were answered. */
  const told: string[] = []
  let lose: () => void = () => undefined
  const onEnded = vi.fn<(reason: string) => void>()
  const writer = await openWriter({
    async connect(events) {
      const session = await connectWriter({ url: testDatabaseUrl(), schema }, events, async () => LEASE)
      lose = session.destroy
      const query = session.client.query.bind(session.client) as (asked: unknown) => Promise<{ command: string }>
      const client = {
        ...session.client,
        async query(asked: unknown) {
          if (typeof asked === 'string') told.push(asked)
          const answer = await query(asked)
          if (asked === 'COMMIT') told.push(`answered ${answer.command}`)
          return answer
        },
      } as unknown as typeof session.client
      return {
        ...session,
        client,
        get lost() {
          return session.lost
        },
      }
    },
    onChanged: () => undefined,
    onCommitUnknown(error) {
      throw error
    },
    onEnded,
    onWritable: () => undefined,
  })
  onTestFinished(() => writer.close())
  /** What is to be written beside the calls of a transaction: taken by the first that comes. */
  const beside: (() => Promise<unknown>)[] = []
  let whileCommitting: (() => void) | null = null
  writer.append({
    prepare() {
      // The last thing before its commit is asked for.
      whileCommitting?.()
      whileCommitting = null
      return null
    },
    flush: async () => void (await beside.shift()?.()),
    clear: () => undefined,
  })
  return {
    ...{ writer, told, beside, sql, onEnded },
    lose: () => lose(),
    note: (note: number) => writer.beside([note], () => writer.db.run(insert, note)),
    /** Called when the next transaction is about to be committed. */
    onCommit: (then: () => void) => (whileCommitting = then),
    notes: async () => (await sql('SELECT note FROM notes ORDER BY note')).map(({ note }) => note),
  }
}

describe('a transaction that is asked for while another is being committed', () => {
  it('is begun before that commit is answered, and told after it', async () => {
    const { told, note, notes, onCommit } = await writing()
    const order: string[] = []
    const second = new Promise<void>((resolve) => {
      onCommit(() => void note(2).then(() => (order.push('second'), resolve())))
    })
    await note(1)
    order.push('first')
    await second
    expect(told).toEqual(['BEGIN', 'COMMIT', 'BEGIN', 'answered COMMIT', 'COMMIT', 'answered COMMIT'])
    expect(order).toEqual(['first', 'second'])
    expect(await notes()).toEqual([1, 2])
  })

  it('comes to nothing with it, and is made once by itself', async () => {
    const { told, writer, beside, note, notes, onCommit } = await writing()
    beside.push(() => writer.db.one(divide, 0))
    let second: Promise<unknown> = Promise.resolve()
    onCommit(() => {
      second = note(2)
    })
    await expect(note(1)).rejects.toThrow('division by zero')
    expect(await second).toBe(1)
    expect(told.slice(0, 4)).toEqual(['BEGIN', 'COMMIT', 'BEGIN', 'answered ROLLBACK'])
    expect(await notes()).toEqual([2])
  })

  it('comes to nothing with it and is tried with it again, when another was in the way', async () => {
    const { writer, beside, note, notes, onCommit } = await writing()
    const conflict = statement<[]>("DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$")
    beside.push(() => writer.db.run(conflict))
    let second: Promise<unknown> = Promise.resolve()
    onCommit(() => {
      second = note(2)
    })
    expect(await Promise.all([note(1), note(3)])).toEqual([1, 1])
    expect(await second).toBe(1)
    expect(await notes()).toEqual([1, 2, 3])
  })

  it('is refused by itself where it is wrong, and that changes nothing for the one before', async () => {
    const { writer, note, notes, onCommit } = await writing()
    let second: Promise<unknown> = Promise.resolve()
    onCommit(() => {
      second = writer.beside([2], () => writer.db.one(divide, 0))
      second.catch(() => undefined)
    })
    expect(await note(1)).toBe(1)
    await expect(second).rejects.toThrow('division by zero')
    expect(await note(3)).toBe(1)
    expect(await notes()).toEqual([1, 3])
  })

  it('waits where it is a few calls beside many: the rest would have to wait for it', async () => {
    const { told, note, notes, onCommit } = await writing()
    let last: Promise<unknown> = Promise.resolve()
    onCommit(() => {
      last = note(10)
    })
    await Promise.all([1, 2, 3].map(note))
    await last
    expect(told).toEqual(['BEGIN', 'COMMIT', 'answered COMMIT', 'BEGIN', 'COMMIT', 'answered COMMIT'])
    expect(await notes()).toEqual([1, 2, 3, 10])
  })
})

describe('a node that stands still in the middle of a transaction', () => {
  it("is in nobody's way for long, writes nothing of it, and goes on when it moves again", async () => {
    const { writer, sql, note, notes } = await writing()
    const key = `hashtextextended('${temporarySchema()}', 0)`
    const lock = statement<[], { held: null }>(`SELECT pg_advisory_xact_lock(${key}) AS held`)
    const [locked, moves] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const write = writer.beside([1], async () => {
      await writer.db.run(insert, 1)
      await writer.db.one(lock)
      locked.resolve()
      await moves.promise
    })
    const told = Promise.allSettled([write])
    await locked.promise
    await sql(`SELECT pg_advisory_lock(${key})`)
    moves.resolve()
    expect(await told).toMatchObject([{ status: 'rejected', reason: { reason: 'not_accepting' } }])
    await vi.waitFor(() => note(2), 10_000)
    expect(await notes()).toEqual([2])
  })
})

describe('a node whose lease is gone', () => {
  it('writes nothing any more, and is told that it is over', async () => {
    const { writer, sql, onEnded, note, notes } = await writing()
    await note(1)
    await sql('DELETE FROM node_commits')
    const calls = [note(2), writer.beside([3], () => writer.db.run(insert, 3), { insist: true })]
    for (const call of calls) await expect(call).rejects.toMatchObject({ reason: 'not_accepting' })
    expect(onEnded).toHaveBeenCalledExactlyOnceWith('this node is over (lease 1): it may write no more')
    await expect(note(4)).rejects.toMatchObject({ reason: 'not_accepting' })
    expect(await notes()).toEqual([1])
  })
})

describe('what must be written by a node that is over', () => {
  it('is refused when its connection is lost too, and tried no more', async () => {
    const { writer, lose, onCommit } = await writing()
    onCommit(() => {
      writer.end('ended by another')
      lose()
    })
    const call = writer.beside([1], () => writer.db.run(insert, 1), { insist: true })
    await expect(call).rejects.toMatchObject({ reason: 'not_accepting' })
  })

  it('is refused when the connection was lost before its commit was asked for', async () => {
    const { writer, lose } = await writing()
    const call = writer.beside(
      [1],
      async () => {
        writer.end('ended by another')
        lose()
        return writer.db.run(insert, 1)
      },
      { insist: true },
    )
    await expect(call).rejects.toMatchObject({ reason: 'not_accepting' })
  })
})
