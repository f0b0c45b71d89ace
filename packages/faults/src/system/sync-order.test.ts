import { describe, expect, it } from 'vitest'
import { syncOrder } from './sync-order.ts'

const write = '101 pwrite64(23</data/signalbox.db-wal>, "..."..., 4120, 4096) = 4120'
const sync = '101 fdatasync(23</data/signalbox.db-wal>) = 0'
const reply = '100 write(25<socket:[7]>, "HTTP/1.1 202 Accepted\\r\\nX"..., 512) = 512'
const order = (...lines: string[]) => syncOrder(lines.join('\n'))

describe('the order of syncs and replies in a trace', () => {
  it('is right when the log is synced before each 202', () => {
    expect(order(write, sync, reply, write, sync, reply)).toEqual({ acknowledged: 2, unsynced: 0, syncs: 2 })
  })

  it('is wrong without a sync, and with one that comes after', () => {
    expect(order(write, reply).unsynced).toBe(1)
    expect(order(write, reply, sync).unsynced).toBe(1)
  })

  it('is wrong when the sync is that of the commit before', () => {
    expect(order(write, sync, reply, reply).unsynced).toBe(1)
    expect(order(write, sync, write, reply).unsynced).toBe(1)
  })

  it('is wrong when the sync failed, or is of another file', () => {
    expect(
      order(write, '101 fdatasync(23</data/signalbox.db-wal>) = -1 EIO (Input/output error)', reply).unsynced,
    ).toBe(1)
    expect(order(write, '101 fdatasync(24</data/other>) = 0', reply).unsynced).toBe(1)
  })

  it('counts a sync when it ends, not when it begins', () => {
    const begun = '101 fdatasync(23</data/signalbox.db-wal> <unfinished ...>'
    const ended = '101 <... fdatasync resumed>) = 0'
    expect(order(write, begun, ended, reply).unsynced).toBe(0)
    expect(order(write, begun, reply, ended).unsynced).toBe(1)
  })
})
