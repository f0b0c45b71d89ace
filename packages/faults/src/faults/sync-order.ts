/** F6: every 202 comes after the sync of its commit; and the same check on a store without that sync fails. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault, FaultRun } from '../fault.ts'
import type { Rig } from '../rig/rig.ts'
import { withRig } from '../rig/with-rig.ts'
import { attach, straceMissing } from '../system/strace.ts'
import { syncOrder, type SyncOrder } from '../system/sync-order.ts'

const MESSAGES = 50
const TRACED = ['-y', '-s', '32', '-e', 'trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg']
const RELAXED = new URL('../system/relaxed-sync.ts', import.meta.url).href

export const syncedBefore: Fault = {
  name: 'F6',
  title: 'every 202 after the sync of its commit, seen in the system calls; a control without it must fail',
  missing: straceMissing,
  async run(run) {
    const result = await withRig({ seed: run.seed }, async (rig) => {
      const order = await traced(rig, [])
      await rig.start()
      const { tally, violations } = await rig.verdict({ kills: 0 })
      if (order.acknowledged !== MESSAGES)
        violations.push(`expected ${MESSAGES} 202s in the trace, got ${order.acknowledged}`)
      if (order.unsynced > 0) violations.push(`expected every 202 after a sync, got ${order.unsynced} before`)
      return { tally, violations, notes: [`${order.acknowledged} times 202, ${order.syncs} syncs`] }
    })
    const control = await relaxed(run)
    result.notes.push(
      `control with synchronous=NORMAL: ${control.unsynced} of ${control.acknowledged} 202s without a sync`,
    )
    if (control.unsynced === 0) result.violations.push('expected the control without syncs to fail the check, got none')
    return result
  },
}

function relaxed({ seed }: FaultRun): Promise<SyncOrder & { violations: string[] }> {
  return withRig({ seed }, async (rig) => ({ ...(await traced(rig, ['--import', RELAXED])), violations: [] }))
}

/** Messages are taken one at a time and none is sent, so that each commit belongs to one 202. */
async function traced(rig: Rig, execArgv: readonly string[]): Promise<SyncOrder> {
  await rig.start({ sending: false, execArgv })
  const output = join(rig.folder, 'strace.out')
  const trace = await attach(rig.server.pid, TRACED, output)
  const client = await rig.client({ inFlight: 1, count: MESSAGES })
  await client.done
  await trace.detach()
  await rig.stop()
  return syncOrder(readFileSync(output, 'utf8'))
}
