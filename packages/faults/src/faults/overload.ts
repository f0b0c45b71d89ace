/** F12: ten times what it can send, and fifty viewers that never read. It refuses with a time and stays small. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { DeafViewersOptions } from '../processes/deaf-viewers.ts'
import type { Fault, Size } from '../fault.ts'
import { IN_FLIGHT } from '../rig/rig.ts'
import { pause } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'

const SECONDS: Record<Size, number> = { test: 3, short: 30, full: 300 }
const OVERLOAD = 10
const DEAF_VIEWERS = 50
const MOST_RSS_MB = 512
const BACKLOG = 2_000
/** As `scripts/node.sh` starts the product: its memory comes from these. */
const AS_STARTED = readFileSync(new URL('../../../../scripts/node-flags', import.meta.url), 'utf8')
  .trim()
  .split(' ')
/** A person who looks at the screen meanwhile gets an answer within this time. */
const ANSWER_WITHIN_MS = 2_000
const LOOK_EVERY_MS = 250

export const overload: Fault = {
  name: 'F12',
  title: 'ten times the load, 50 sockets that never read',
  run({ seed, size }) {
    const server = { system: { 'queue.max_backlog': String(BACKLOG) } }
    return withRig({ seed, server, provider: { latencyMs: { min: 40, max: 60 } } }, async (rig) => {
      await rig.start({ execArgv: AS_STARTED })
      const viewers: DeafViewersOptions = { url: rig.url, count: DEAF_VIEWERS }
      const deaf = rig.child('deaf-viewers.ts', viewers)
      await deaf.heard('ready')
      const client = await rig.client({ inFlight: IN_FLIGHT * OVERLOAD })
      const ends = performance.now() + SECONDS[size] * 1000
      let mostRss = 0
      let slowest = 0
      while (performance.now() < ends) {
        const asked = performance.now()
        await rig.api.waiting()
        slowest = Math.max(slowest, performance.now() - asked)
        mostRss = Math.max(mostRss, residentMb(rig.server.pid))
        await pause(LOOK_EVERY_MS)
      }
      const { requests, refusals, refusalsWithoutTime } = await client.stop()
      deaf.kill('SIGKILL')
      await deaf.exit
      const { tally, violations } = await rig.verdict({ kills: 0 })
      if (mostRss > MOST_RSS_MB) violations.push(`expected at most ${MOST_RSS_MB} MB resident, got ${mostRss}`)
      if (refusals === 0) violations.push('expected the overload to be refused, got every request taken')
      if (refusalsWithoutTime > 0) {
        violations.push(`expected every refusal to say when to come again, got ${refusalsWithoutTime} without`)
      }
      // Beside other tests an answer takes as long as they let it.
      if (size !== 'test' && slowest > ANSWER_WITHIN_MS) {
        violations.push(`expected the statistics within ${ANSWER_WITHIN_MS} ms, got ${Math.round(slowest)}`)
      }
      const notes = [
        `${requests} requests in ${SECONDS[size]} s, ${refusals} refused; at most ${mostRss} MB resident; statistics in at most ${Math.round(slowest)} ms`,
      ]
      return { tally, violations, notes }
    })
  },
}

/** Resident memory of a process in MB. `ps` is on every Unix. */
function residentMb(pid: number): number {
  const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
  return Math.round(kilobytes / 1024)
}
