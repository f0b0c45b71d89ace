/** F4: the disk is full, then there is space again. Nothing is taken that cannot be kept, and it goes on by itself. */
import type { Fault, FaultRun, FaultResult, Size } from '../fault.ts'
import { pause, until } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'
import { mountSmallDisk, smallDiskMissing, type SmallDisk } from '../system/small-disk.ts'
import { wrongAnswers } from './sync-error.ts'

const CYCLES: Record<Size, number> = { test: 1, short: 2, full: 20 }
const REFUSES_WITHIN_MS = 20_000
/** Then nothing is under way any more. */
const STILL_MS = 250
/** Without space for so long. */
const FULL_MS = 500
const RECOVERS_WITHIN_MS = 10_000
/** Slow enough that twenty rounds fit the disk. */
const PAUSE_MS = 60

export const diskFull: Fault = {
  name: 'F4',
  title: 'the disk full, then space again',
  missing: smallDiskMissing,
  async run(run) {
    const disk = mountSmallDisk()
    try {
      return await fillAndFree(run, disk)
    } finally {
      disk.unmount()
    }
  },
}

/** A figure once it has stood for a while: answers that were under way are written down a little later than given. */
async function still(figure: () => number): Promise<number> {
  let last = -1
  await until('the answers that were under way', REFUSES_WITHIN_MS, async () => {
    const before = last
    last = figure()
    if (before !== last) await pause(STILL_MS)
    return before === last
  })
  return last
}

function fillAndFree({ seed, size }: FaultRun, disk: SmallDisk): Promise<FaultResult> {
  return withRig({ seed, dataFolder: disk.folder }, async (rig) => {
    await rig.start()
    const client = await rig.client({ pauseMs: PAUSE_MS })
    const broken: string[] = []
    let slowest = 0
    const acknowledged = () => rig.clientLines().filter(({ kind }) => kind === 'acknowledged').length
    for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
      const before = acknowledged()
      await until('messages to be taken', RECOVERS_WITHIN_MS, () => acknowledged() > before)
      disk.fill()
      await until('the server to say that it takes nothing', REFUSES_WITHIN_MS, async () => !(await rig.api.ready()))
      const full = await still(acknowledged)
      await pause(FULL_MS)
      if (acknowledged() !== full) broken.push(`expected no 202 while the disk is full, got ${acknowledged() - full}`)
      disk.free()
      slowest = Math.max(
        slowest,
        await until('it to take messages again', RECOVERS_WITHIN_MS, () => acknowledged() > full),
      )
    }
    await client.stop()
    const { tally, violations } = await rig.verdict({ kills: 0 })
    broken.push(...wrongAnswers(rig.clientLines()))
    const notes = [`${CYCLES[size]} times full, took messages again in at most ${Math.round(slowest)} ms`]
    return { tally, violations: [...broken, ...violations], notes }
  })
}
