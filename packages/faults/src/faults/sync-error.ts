/** F5: the disk refuses to sync. What was not synced is not acknowledged, and whether it was written is for later to see. */
import { seededRandom } from '@signalbox/channels'
import { join } from 'node:path'
import type { Fault, Size } from '../fault.ts'
import type { ClientLine } from '../rig/lines.ts'
import { pause, until } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'
import { attach, straceMissing } from '../system/strace.ts'

const CYCLES: Record<Size, number> = { test: 1, short: 3, full: 20 }
const LIVES_MS = { min: 100, max: 600 }
const UNREADY_WITHIN_MS = 5_000
const EXIT_WITHIN_MS = 30_000
const INJECTED = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO']

export const syncError: Fault = {
  name: 'F5',
  title: 'fsync answers EIO',
  missing: straceMissing,
  run({ seed, size }) {
    const random = seededRandom(seed)
    return withRig({ seed }, async (rig) => {
      await rig.start()
      const client = await rig.client()
      const broken: string[] = []
      let slowest = 0
      for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
        await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
        const trace = await attach(rig.server.pid, INJECTED, join(rig.folder, 'strace.out'))
        await until('the server to say that it takes nothing', UNREADY_WITHIN_MS, async () => !(await rig.api.ready()))
        await trace.detach()
        // It does not take up again by itself what a kernel may have thrown away.
        if (await rig.api.ready()) broken.push('expected the server to stay unready after a failed sync, got ready')
        const begun = performance.now()
        const { code, signal } = await rig.stop()
        if (code !== 0) broken.push(`expected the server to end with 0 after SIGTERM, got ${code ?? signal}`)
        slowest = Math.max(slowest, performance.now() - begun)
        await rig.start()
      }
      await client.stop()
      const { tally, violations } = await rig.verdict({ kills: CYCLES[size] })
      if (slowest > EXIT_WITHIN_MS)
        broken.push(`expected it to end within ${EXIT_WITHIN_MS} ms, got ${Math.round(slowest)}`)
      broken.push(...wrongAnswers(rig.clientLines()))
      const notes = [`${CYCLES[size]} times, ended in at most ${Math.round(slowest)} ms`]
      return { tally, violations: [...broken, ...violations], notes }
    })
  },
}

/** Answers that a client cannot take for "come again": anything but 503, or none. */
export function wrongAnswers(lines: readonly ClientLine[]): string[] {
  const answers = lines.flatMap((line) => (line.kind === 'interrupted' && /^\d/.test(line.why) ? [line.why] : []))
  const wrong = answers.filter((why) => !why.startsWith('503 '))
  return wrong.length === 0
    ? []
    : [`expected 503 for what is not acknowledged, got ${wrong.length} times ${wrong[0] ?? ''}`]
}
