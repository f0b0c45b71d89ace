/**
 * The users that are connected here, each with its devices and the newest entries, so that a message to a device that is up to
 * date is not read from the store again. What comes through another node is told by that node; because the way between them
 * may be broken, the store is asked too from time to time: nothing is missed, it only comes later.
 */
import { INBOX_LIMITS, type InboxPresence } from '@signalbox/contracts'
import type { Bus, Clock, Engine, InboxEntryRecord, InboxPage } from '@signalbox/engine'
import { boundedPage, bytesOf } from '../../present/inbox.ts'
import { createRelay } from './relay.ts'

/** As the desk sees one. */
export interface DeskDevice {
  wake(lastSeq: number): void
  tellRead(seqs: number[]): void
  close(): void
}

interface User {
  devices: Set<DeskDevice>
  /** By seq, without a gap; the last of what came while somebody was here, and its size. */
  newest: InboxEntryRecord[]
  bytes: number
  /** A device has taken so much, and that is on disk. */
  deliveredUpTo: number
  /** Read, as the devices here were told; the last ones. */
  told: Set<number>
}

export interface Desk {
  /** False: so many devices of this user are connected already. */
  hasRoom(user: string): boolean
  /** The returned function lets it go. */
  enter(user: string, device: DeskDevice): () => void
  read(user: string, since: number): Promise<InboxPage> | InboxPage
  delivered(user: string, upTo: number, device: string): Promise<void>
  /** On disk, and told to the user's other devices. */
  markRead(user: string, seqs: readonly number[], device: string, from: DeskDevice): Promise<void>
  presence(): InboxPresence
  close(): void
}

const newUser = (): User => ({ devices: new Set(), newest: [], bytes: 0, deliveredUpTo: 0, told: new Set() })

const { entriesPerBatch } = INBOX_LIMITS

/** With many users connected: what a device needs beyond it is read from the store. */
const REMEMBERED_BYTES = 32 * 1024

/** How often the store is asked what other nodes put: as a net while they are heard, and while they are not. */
const LOOK_EVERY_MS = { heard: 30_000, unheard: 2_000 } as const
const READS_REMEMBERED = 500
/** In one reading. */
const LOOKED_AT_ONCE = 500
/** Nodes' clocks may differ by so much, and a look may be late by as much again. */
const CLOCKS_APART_MS = 60_000

export interface DeskDeps {
  engine: Pick<Engine, 'inbox' | 'events'>
  clock: Clock
  /** Null: all there is comes through this node. */
  elsewhere: { bus: Bus; lease: number; heard: () => boolean } | null
  onError(error: unknown): void
}

function remember(user: User, entry: InboxEntryRecord): void {
  const { newest } = user
  if (newest.length > 0 && newest.at(-1)?.seq !== entry.seq - 1) {
    newest.length = 0
    user.bytes = 0
  }
  newest.push(entry)
  user.bytes += bytesOf(entry)
  while (newest.length > entriesPerBatch || (user.bytes > REMEMBERED_BYTES && newest.length > 1)) {
    user.bytes -= bytesOf(newest.shift() as InboxEntryRecord)
  }
}

export function createDesk({ engine, clock, elsewhere, onError }: DeskDeps): Desk {
  const { inbox, events } = engine
  const users = new Map<string, User>()
  let devices = 0
  let closed = false

  const relay =
    elsewhere &&
    createRelay({
      ...{ bus: elsewhere.bus, lease: elsewhere.lease, clock },
      onPut: (name, upTo) => wake(name, upTo),
      onRead: (name, seqs) => wasRead(name, seqs, null),
    })

  const off = events.on('inbox:put', (entry) => {
    relay?.put(entry.user, entry.seq)
    const user = users.get(entry.user)
    if (!user) return
    remember(user, entry)
    for (const device of user.devices) device.wake(entry.seq)
  })

  /** Something came that was not announced here. */
  function wake(name: string, upTo: number): void {
    const user = users.get(name)
    if (!user) return
    // What is remembered ends before it: the store has the rest.
    if ((user.newest.at(-1)?.seq ?? 0) < upTo) {
      user.newest = []
      user.bytes = 0
    }
    for (const device of user.devices) device.wake(upTo)
  }

  function wasRead(name: string, seqs: readonly number[], from: DeskDevice | null): void {
    const user = users.get(name)
    if (!user || seqs.length === 0) return
    user.newest = user.newest.map((entry) => (seqs.includes(entry.seq) ? { ...entry, read: true } : entry))
    for (const seq of seqs) user.told.add(seq)
    while (user.told.size > READS_REMEMBERED) user.told.delete(user.told.values().next().value as number)
    for (const other of user.devices) if (other !== from) other.tellRead([...seqs])
  }

  let lookedAt = { monotonic: clock.monotonic(), now: clock.now() }
  let heardBefore = true
  let cancelLook = (): void => undefined

  async function look(readSince: number): Promise<void> {
    const names = [...users.keys()]
    for (let i = 0; i < names.length && !closed; i += LOOKED_AT_ONCE) {
      const news = await inbox.news(names.slice(i, i + LOOKED_AT_ONCE), readSince)
      for (const { user, lastSeq, read } of news) {
        wake(user, lastSeq)
        const told = users.get(user)?.told
        wasRead(
          user,
          read.filter((seq) => told?.has(seq) !== true),
          null,
        )
      }
    }
  }

  async function lookInTime(heard: boolean): Promise<void> {
    // Once more when it is heard again: what came last may have been said before that.
    const due = !heard || !heardBefore || clock.monotonic() - lookedAt.monotonic >= LOOK_EVERY_MS.heard
    heardBefore = heard
    if (!due) return
    const since = lookedAt.now - CLOCKS_APART_MS
    lookedAt = { monotonic: clock.monotonic(), now: clock.now() }
    await look(since).catch(onError)
  }

  function watch(heard: () => boolean): void {
    cancelLook = clock.after(LOOK_EVERY_MS.unheard, () => {
      void lookInTime(heard()).then(() => {
        if (!closed) watch(heard)
      })
    })
  }
  if (elsewhere) watch(elsewhere.heard)

  return {
    hasRoom: (name) => (users.get(name)?.devices.size ?? 0) < INBOX_LIMITS.devicesPerUser,
    enter(name, device) {
      const user = users.get(name) ?? newUser()
      users.set(name, user)
      user.devices.add(device)
      devices += 1
      return () => {
        if (!user.devices.delete(device)) return
        devices -= 1
        if (user.devices.size === 0) users.delete(name)
      }
    },
    read(name, since) {
      const newest = users.get(name)?.newest ?? []
      const last = newest.at(-1)
      if (!last || (newest[0]?.seq ?? 0) > since + 1) {
        return inbox.after(name, since, entriesPerBatch).then((page) => boundedPage(page))
      }
      const entries = newest.filter(({ seq, expiresAt }) => seq > since && expiresAt > clock.now())
      return boundedPage({ entries, upTo: Math.max(last.seq, since), lastSeq: last.seq })
    },
    async delivered(name, upTo, device) {
      const user = users.get(name)
      if (user && upTo <= user.deliveredUpTo) return
      await inbox.delivered(name, upTo, device)
      if (user) user.deliveredUpTo = Math.max(user.deliveredUpTo, upTo)
    },
    async markRead(name, seqs, device, from) {
      const done = await inbox.read(name, seqs, device)
      if (done.length === 0) return
      relay?.read(name, done)
      wasRead(name, done, from)
    },
    presence: () => ({ users: users.size, devices }),
    close() {
      closed = true
      off()
      relay?.close()
      cancelLook()
      for (const user of users.values()) for (const device of user.devices) device.close()
    },
  }
}
