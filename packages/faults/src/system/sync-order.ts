/** Reads what strace wrote down and says which 202 left before its commit was on disk. */

export interface SyncOrder {
  /** 202s that were written to a socket. */
  acknowledged: number
  /** Of those, how many left with no completed sync of the log since the one before, or with the log written and not synced. */
  unsynced: number
  syncs: number
}

/** For one request at a time, on a server that writes nothing else meanwhile: then each 202 has a commit of its own. */
export function syncOrder(trace: string): SyncOrder {
  const order: SyncOrder = { acknowledged: 0, unsynced: 0, syncs: 0 }
  const syncing = new Set<string>()
  let synced = false
  let dirty = false
  for (const line of trace.split('\n')) {
    const thread = /^\d+/.exec(line)?.[0] ?? ''
    const call = line.slice(thread.length).trim()
    if (/^pwrite64\(\d+<[^>]*-wal>/.test(call)) dirty = true
    else if (/^f(data)?sync\(\d+<[^>]*-wal>/.test(call)) {
      // Two threads in calls at once: strace prints the beginning and the end on lines of their own.
      if (call.includes('<unfinished')) syncing.add(thread)
      else if (call.endsWith('= 0')) complete()
    } else if (/^<\.\.\. f(data)?sync resumed>/.test(call)) {
      if (syncing.delete(thread) && call.endsWith('= 0')) complete()
    } else if (/^(write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 202 /.test(call)) {
      order.acknowledged += 1
      if (!synced || dirty) order.unsynced += 1
      synced = false
    }
  }
  return order

  function complete(): void {
    order.syncs += 1
    synced = true
    dirty = false
  }
}
