/** Entries that become a node's own, or nobody's. Whoever does the same at the same time is never waited for: there is enough for all. */
import { PRIORITY_MAX, WORKED_QUEUES, type WorkedQueue } from '@signalbox/contracts'
import type { Entry, LaneSize } from '../../../queue/store.ts'
import { columnsOf, unnest } from '../columns.ts'
import { NOBODY } from '../membership.ts'
import { statement } from '../statement.ts'
import type { Gathering } from '../waves.ts'
import type { Ground } from './message-rows.ts'

type Lane = Pick<Entry, 'queue' | 'priority' | 'lane'>

/**
 * The lanes of a queue and priority that have something without an owner, after one of them, up to so many: a look at the index
 * for each, however much stands in it.
 */
const lanesAfter = statement<[string, number, string, number], { lane: string }>(
  `WITH RECURSIVE found AS (
     (SELECT lane FROM queue_entries WHERE owner = ${NOBODY} AND queue = $1 AND priority = $2 AND lane > $3 ORDER BY lane LIMIT 1)
     UNION ALL
     SELECT next.lane FROM found CROSS JOIN LATERAL (SELECT lane FROM queue_entries
       WHERE owner = ${NOBODY} AND queue = $1 AND priority = $2 AND lane > found.lane ORDER BY lane LIMIT 1) next)
   SELECT lane FROM found LIMIT $4`,
)
/**
 * What was picked is changed where it lies: it is locked, so that it lies there still. Found again by its key it would be read with
 * all that waits beside it, by a planner that knows nothing of a queue which was empty a moment ago.
 */
const PICKED = 'ctid = ANY (ARRAY(SELECT tid FROM picked))'

/** The oldest of each of these lanes. */
const takeOldest = statement<[number, string, number, string, number, number], Entry>(
  `WITH picked AS MATERIALIZED (
     SELECT e.tid FROM unnest($4::text[]) WITH ORDINALITY AS w (lane, turn) CROSS JOIN LATERAL (
       SELECT ctid AS tid FROM queue_entries WHERE owner = ${NOBODY} AND queue = $2 AND priority = $3 AND lane = w.lane
       ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED) e LIMIT $6)
   UPDATE queue_entries SET owner = $1 WHERE ${PICKED} RETURNING queue, priority, lane, id`,
)
const takeThese = statement<[number, ...string[]], { id: number }>(
  `WITH picked AS MATERIALIZED (
     SELECT e.tid FROM ${unnest({ queue: 'text', priority: 'smallint', lane: 'text', id: 'bigint' }, 'w', 2)} CROSS JOIN LATERAL (
       SELECT ctid AS tid FROM queue_entries q WHERE q.owner = ${NOBODY} AND q.queue = w.queue
         AND q.priority = w.priority AND q.lane = w.lane AND q.id = w.id LIMIT 1 FOR UPDATE SKIP LOCKED) e)
   UPDATE queue_entries SET owner = $1 WHERE ${PICKED} RETURNING id`,
)
const letGo = statement<[number, string, number, string, number, number], Entry>(
  `WITH picked AS MATERIALIZED (
     SELECT ctid AS tid FROM queue_entries WHERE owner = $1 AND queue = $2 AND priority = $3 AND lane = $4 AND id > $5
     ORDER BY id DESC LIMIT $6 FOR UPDATE SKIP LOCKED)
   UPDATE queue_entries SET owner = ${NOBODY} WHERE ${PICKED} RETURNING queue, priority, lane, id`,
)
const letGoAny = statement<[number, number]>(
  `WITH picked AS MATERIALIZED (
     SELECT ctid AS tid FROM queue_entries WHERE owner = $1 ORDER BY queue, priority, lane, id LIMIT $2 FOR UPDATE)
   UPDATE queue_entries SET owner = ${NOBODY} WHERE ${PICKED}`,
)

export function ownershipOperations({ db, self }: Pick<Ground, 'db' | 'self'>) {
  /** The lane that had the last turn, by queue and priority: the next call goes on behind it. */
  const turns = new Map<string, string>()

  /** Those whose turn it is, at most `limit`, from behind the last one on and round again. */
  async function lanesInTurn(queue: WorkedQueue, priority: number, limit: number): Promise<string[]> {
    const last = turns.get(`${queue} ${priority}`) ?? ''
    const behind = (await db.all(lanesAfter, queue, priority, last, limit)).map(({ lane }) => lane)
    if (behind.length === limit || last === '') return behind
    const before = await db.all(lanesAfter, queue, priority, '', limit - behind.length)
    return [...behind, ...before.map(({ lane }) => lane).filter((lane) => lane <= last)]
  }

  async function adoptOf(queue: WorkedQueue, priority: number, limit: number): Promise<Entry[]> {
    const adopted: Entry[] = []
    while (adopted.length < limit) {
      const left = limit - adopted.length
      const lanes = await lanesInTurn(queue, priority, left)
      if (lanes.length === 0) break
      const share = Math.ceil(left / lanes.length)
      const [names] = columnsOf(lanes, (lane) => lane) as [string]
      const taken = await db.all(takeOldest, self.own, queue, priority, names, share, left)
      turns.set(`${queue} ${priority}`, lanes.at(-1) as string)
      // Another node is at them just now.
      if (taken.length === 0) break
      adopted.push(...taken)
    }
    return adopted
  }

  const adoptThese: Gathering<readonly Entry[], Entry[]> = {
    keysOf: (entries) => entries.map(({ id }) => id),
    async run(asked) {
      const entries = asked.flat()
      if (entries.length === 0) return asked.map(() => [])
      const columns = columnsOf(
        entries.toSorted((a, b) => a.id - b.id),
        ({ queue }) => queue,
        ({ priority }) => priority,
        ({ lane }) => lane,
        ({ id }) => id,
      )
      const taken = new Set((await db.all(takeThese, self.own, ...columns)).map(({ id }) => id))
      return asked.map((of) => of.filter(({ id }) => taken.delete(id)).toSorted(inOrder))
    },
  }

  return {
    adoptThese,

    async adopt(limit: number, lowestPriority: number): Promise<Entry[]> {
      const adopted: Entry[] = []
      for (let priority = PRIORITY_MAX; priority >= lowestPriority; priority--) {
        for (const queue of WORKED_QUEUES) {
          if (adopted.length >= limit) return adopted.toSorted(inOrder)
          adopted.push(...(await adoptOf(queue, priority, limit - adopted.length)))
        }
      }
      return adopted.toSorted(inOrder)
    },

    async giveUp({ queue, priority, lane }: Omit<LaneSize, 'count'>, after: number, limit: number): Promise<Entry[]> {
      return (await db.all(letGo, self.own, queue, priority, lane, after, limit)).toSorted(inOrder)
    },

    /** How many of an owner's it let go, at most so many. */
    giveUpAny: (owner: number, limit: number): Promise<number> => db.run(letGoAny, owner, limit),
  }
}

/** As they should leave. */
const inOrder = (a: Lane & { id: number }, b: Lane & { id: number }) => b.priority - a.priority || a.id - b.id
