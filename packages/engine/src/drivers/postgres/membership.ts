/**
 * A node's way into a schema and back into it. The number of a process that was there under the same name, and what belongs to
 * it, goes over to the new one; the lease never does.
 */
import type pg from 'pg'
import type { SettingsDefaults } from '../../settings/store.ts'
import type { NodeIdentity } from '../../nodes/store.ts'
import { ownersOf } from '../../lock/lock.ts'
import type { Place } from './connect.ts'
import { migrate, stepsDue } from './migrate.ts'
import { freeLocks } from './operations/locks.ts'
import { freeShares } from './operations/quotas.ts'
import { seed } from './operations/settings.ts'
import { whilePreparing } from './prepare.ts'
import type { Step } from './schema/index.ts'
import { NODE_COUNT } from './schema/nodes.ts'
import {
  holdLease,
  holdSchema,
  holdSchemaAlone,
  NodeEndedError,
  releaseSchemaAlone,
  silence,
  type Sharing,
} from './session-locks.ts'
import { dbOf, SERVER_NOW, statement, type Db } from './statement.ts'

export interface Self {
  lease: number
  number: number
  /** In `owner`: what is this node's own. */
  own: number
  /** In `owner`: whose what it puts into the queue is. A node that does not work owns nothing. */
  puts: number
}

export const NOBODY = 0

export interface Membership {
  readonly self: Self
  readonly identity: NodeIdentity
  readonly sharing: Sharing
  /** Told to a node that is over. */
  readonly endedText: string
  /** The first connection: prepares the schema, takes a place among its nodes, and tells its lease. */
  join(client: pg.Client): Promise<number>
  /** Another one, after it was lost. Rejects with `NodeEndedError` when others have ended this node meanwhile. */
  resume(client: pg.Client): Promise<number>
}

const nextLease = statement<[], { lease: number }>(`SELECT nextval('node_leases') AS lease`)
const forgetAll = statement('DELETE FROM nodes')
const endNamed = statement<[string], { lease: number }>('UPDATE nodes SET ended = true WHERE name = $1 RETURNING lease')
const takeOver = statement<[number, string, string, string], { number: number }>(
  `UPDATE nodes SET lease = $1, role = $3, version = $4, joined_at = ${SERVER_NOW}, beats = 0, settings_revision = 0,
     settings_applied_at = ${SERVER_NOW},
     settings_problems = '[]',
     ended = false WHERE name = $2 RETURNING number`,
)
const join = statement<[number, string, string, string], { number: number }>(
  `INSERT INTO nodes (lease, number, name, role, version, joined_at, settings_applied_at)
   SELECT $1, n, $2, $3, $4, ${SERVER_NOW}, ${SERVER_NOW} FROM generate_series(0, ${NODE_COUNT - 1}) n
   WHERE NOT EXISTS (SELECT 1 FROM nodes WHERE number = n) ORDER BY n LIMIT 1 RETURNING number`,
)
const countFromZero = statement<[number]>(
  'INSERT INTO node_commits VALUES ($1, 0) ON CONFLICT (lease) DO UPDATE SET number = 0',
)
const names = statement<[], { names: string }>(`SELECT string_agg(name, ', ' ORDER BY number) AS names FROM nodes`)
/** Owners that there may be but for those that are there. */
const OF_NO_NODE = `SELECT owner FROM generate_series(1, ${NODE_COUNT}) owner
  WHERE NOT EXISTS (SELECT 1 FROM nodes WHERE number = owner - 1)`
const takeEntries = statement<[number, number]>(
  `UPDATE queue_entries SET owner = $1 WHERE owner = ANY (ARRAY(${OF_NO_NODE} UNION ALL SELECT $2)) AND owner <> $1`,
)
/** Recovered by whoever has them, at its start. */
const takeClaims = statement<[number]>(
  `UPDATE claims SET owner = $1 WHERE owner = ${NOBODY} OR owner IN (${OF_NO_NODE})`,
)
const isThere = statement<[number], { there: number }>('SELECT 1 AS there FROM nodes WHERE lease = $1 AND NOT ended')
/** Also of what is gone since: ids are never given out twice. */
const mark = statement(
  `UPDATE id_mark SET id = greatest(id, (SELECT max(id) FROM messages), (SELECT max(id) FROM tasks), (SELECT max(id) FROM jobs),
     (SELECT max(id) FROM bulk_actions))`,
)

export function createMembership(
  place: Place,
  sharing: Sharing,
  identity: NodeIdentity,
  defaults: SettingsDefaults,
  steps?: readonly Step[],
): Membership {
  const { schema } = place
  const works = identity.role !== 'api'
  let self: Self | null = null

  function found(): Self {
    if (!self) throw new Error('expected the node to have joined before it is asked for, got none')
    return self
  }

  async function check(client: pg.Client): Promise<void> {
    const db = dbOf((query) => client.query(query))
    if (await db.one(isThere, found().lease)) return
    throw new NodeEndedError(endedText())
  }
  const endedText = () =>
    `other nodes have ended this one (${identity.name}, lease ${found().lease}): what it had is theirs now`

  /** Under the lock of preparation: nobody else joins meanwhile. */
  async function takePlace(db: Db, lease: number): Promise<number> {
    // Nobody else has the schema: whoever stands there has ended.
    if (sharing === 'one') await db.run(forgetAll)
    const before = await db.all(endNamed, identity.name)
    for (const each of before) await silence(db, schema, each.lease)
    await db.rows('BEGIN')
    for (const each of before) await db.run(freeLocks, ownersOf(each.lease))
    const { name, role, version } = identity
    const as = [lease, name, role, version] as const
    const placed = (await db.one(takeOver, ...as)) ?? (await db.one(join, ...as))
    if (!placed) {
      await db.rows('ROLLBACK')
      throw new Error(
        `expected one of ${NODE_COUNT} node numbers to be free, got all of them taken: ${(await db.one(names))?.names}`,
      )
    }
    await db.run(countFromZero, lease)
    await takeOrphans(db, placed.number + 1)
    await db.run(freeShares, placed.number)
    await db.run(mark)
    await db.rows('COMMIT')
    return placed.number
  }

  /** What belongs to no node that is there, and what this one had, if it works no more. */
  async function takeOrphans(db: Db, own: number): Promise<void> {
    await db.run(takeClaims, own)
    if (!works) await db.run(takeEntries, NOBODY, own)
    else if (sharing === 'one') await db.run(takeEntries, own, NOBODY)
    else await db.run(takeEntries, NOBODY, NOBODY)
  }

  /** Alone where nodes of the version before could not go on with the tables as they will be. */
  async function bringUp(client: pg.Client, preparing: pg.Client): Promise<void> {
    const due = await stepsDue(preparing, schema, steps)
    if (due.every(({ beside }) => beside)) {
      await holdSchema(client, sharing, schema)
      return migrate(preparing, schema, steps)
    }
    await holdSchemaAlone(client, schema)
    await migrate(preparing, schema, steps)
    await holdSchema(client, sharing, schema)
    await releaseSchemaAlone(client, schema)
  }

  return {
    get self() {
      return found()
    },
    get endedText() {
      return endedText()
    },
    identity,
    sharing,
    join: (client) =>
      whilePreparing(place, async (preparing) => {
        await bringUp(client, preparing)
        const db = dbOf((query) => preparing.query(query))
        await db.rows('BEGIN')
        await seed(db, defaults)
        await db.rows('COMMIT')
        const { lease } = (await db.one(nextLease)) as { lease: number }
        await holdLease(client, schema, lease)
        const number = await takePlace(db, lease)
        self = { lease, number, own: number + 1, puts: works ? number + 1 : NOBODY }
        return lease
      }),
    async resume(client) {
      // Before the locks too: who has ended this node may hold the schema.
      await check(client)
      await holdSchema(client, sharing, schema)
      await holdLease(client, schema, found().lease)
      await check(client)
      return found().lease
    },
  }
}
