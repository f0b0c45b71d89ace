/**
 * The users that are connected, each with its devices and the newest entries, so that a message to a device that is up to
 * date is not read from the store again.
 */
import { INBOX_LIMITS, type InboxPresence } from '@signalbox/contracts'
import type { Engine, InboxEntryRecord, InboxPage } from '@signalbox/engine'
import { boundedPage, bytesOf } from '../../present/inbox.ts'

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

const { entriesPerBatch } = INBOX_LIMITS

/** With many users connected: what a device needs beyond it is read from the store. */
const REMEMBERED_BYTES = 32 * 1024

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

export function createDesk({ inbox, events }: Pick<Engine, 'inbox' | 'events'>, now: () => number): Desk {
  const users = new Map<string, User>()
  let devices = 0

  const off = events.on('inbox:put', (entry) => {
    const user = users.get(entry.user)
    if (!user) return
    remember(user, entry)
    for (const device of user.devices) device.wake(entry.seq)
  })

  return {
    hasRoom: (name) => (users.get(name)?.devices.size ?? 0) < INBOX_LIMITS.devicesPerUser,
    enter(name, device) {
      const user = users.get(name) ?? { devices: new Set(), newest: [], bytes: 0, deliveredUpTo: 0 }
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
      const entries = newest.filter(({ seq, expiresAt }) => seq > since && expiresAt > now())
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
      const user = users.get(name)
      if (!user) return
      user.newest = user.newest.map((entry) => (done.includes(entry.seq) ? { ...entry, read: true } : entry))
      for (const other of user.devices) if (other !== from) other.tellRead(done)
    },
    presence: () => ({ users: users.size, devices }),
    close() {
      off()
      for (const user of users.values()) for (const device of user.devices) device.close()
    },
  }
}
