/** The nodes that share a schema, and the end of one that is over. */
import type { Channel } from '@signalbox/contracts'
import type { EndedNode, NodeRecord, NodeStore } from '../../../nodes/store.ts'
import { ownersOf } from '../../../lock/lock.ts'
import type { Membership, Self } from '../membership.ts'
import type { Reader } from '../reader.ts'
import { silence } from '../session-locks.ts'
import { camel, SERVER_NOW, statement, type Db } from '../statement.ts'
import type { Writer } from '../writer.ts'
import type { MoveOperations } from './moves.ts'
import type { ownershipOperations } from './ownership.ts'
import { freeLocks } from './locks.ts'
import { freeShares } from './quotas.ts'

const beat = statement<[number, number, string], { beats: number }>(
  `UPDATE nodes SET beats = beats + 1, settings_revision = $2, settings_problems = $3,
     settings_applied_at = CASE settings_revision WHEN $2 THEN settings_applied_at ELSE ${SERVER_NOW} END
   WHERE lease = $1 AND NOT ended RETURNING beats`,
)
const all = statement<[], NodeRecord>(
  `SELECT ${camel('lease, number, name, role, version, joined_at, beats, settings_revision, settings_applied_at, settings_problems')} FROM nodes
   ORDER BY number`,
)
const markEnded = statement<[number], { number: number }>(
  'UPDATE nodes SET ended = true WHERE lease = $1 RETURNING number',
)
/** Held until the commit: nobody takes its number over, or ends it too, in the middle of a step. */
const ending = statement<[number], { number: number }>('SELECT number FROM nodes WHERE lease = $1 AND ended FOR UPDATE')
const forget = statement<[number]>('DELETE FROM nodes WHERE lease = $1')
const isSending = statement<[number], { id: number }>('SELECT id FROM claims WHERE owner = $1 LIMIT 1')

/** Entries freed in one transaction at most: it is bounded, and others write in between. */
const FREED_AT_ONCE = 5_000

type Policies = Record<Channel, 'hold' | 'retry'>
type Step = EndedNode & { more: boolean }

export interface NodeParts {
  writer: Writer
  reader: Reader
  schema: string
  membership: Membership
  moves: MoveOperations
  ownership: ReturnType<typeof ownershipOperations>
}

export function nodeStore({ writer, reader, schema, membership, moves, ownership }: NodeParts): NodeStore {
  const { db, alone } = writer
  const { self, identity, sharing } = membership

  /** A bounded part of the end of a node that can write no more. Null when somebody else has finished it. */
  async function endSome(lease: number, policies: Policies, now: number): Promise<Step | null> {
    const node = await db.one(ending, lease)
    if (!node) return null
    const owner = node.number + 1
    // First what was being sent, which is never much: a million that waits takes most of a minute.
    const { records, more } = await moves.recoverSome(owner, policies, now)
    if (more) return { freed: 0, recovered: records, more }
    const freed = await ownership.giveUpAny(owner, FREED_AT_ONCE)
    if (freed === FREED_AT_ONCE) return { freed, recovered: records, more: true }
    await db.run(forget, lease)
    await db.run(freeShares, node.number)
    await db.run(freeLocks, ownersOf(lease))
    return { freed, recovered: records, more: false }
  }

  return {
    self: { lease: self.lease, number: self.number },

    async renew({ revision, problems }) {
      const isThere = await writer.beside([], () => db.one(beat, self.lease, revision, JSON.stringify(problems)))
      if (!isThere) writer.end(membership.endedText)
      return isThere !== null
    },

    list: () => reader.db.all(all),

    async end(lease, policies, now) {
      if (lease === self.lease) return null
      // From its commit on a connection that it makes anew finds that it may not write; the one that it has is ended.
      if (!(await alone(() => db.one(markEnded, lease)))) return null
      await silence(reader.db, schema, lease)
      const ended: EndedNode = { recovered: [], freed: 0 }
      for (;;) {
        const step = await alone(() => endSome(lease, policies, now))
        if (!step) return ended
        ended.freed += step.freed
        ended.recovered.push(...step.recovered)
        if (!step.more) return ended
      }
    },

    async leave() {
      // Who has the schema alone finds what waits when it comes back.
      if (sharing === 'one') return
      while ((await alone(() => ownership.giveUpAny(self.own, FREED_AT_ONCE))) === FREED_AT_ONCE);
      await alone(() => goAway(db, self))
      writer.end(`the node ${identity.name} has left`)
    },
  }
}

/** What is still with a provider is recovered by those who end it: to them it is a node that stands still. */
async function goAway(db: Db, { lease, number, own }: Self): Promise<void> {
  if (await db.one(isSending, own)) await db.one(markEnded, lease)
  else {
    await db.run(forget, lease)
    await db.run(freeShares, number)
  }
}
