/** A quota over kills: never overrun, and used up to the last place. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { temporaryFolder, temporaryStore } from '../support/engine.ts'
import { createProvider } from '../support/provider.ts'
import { callsIn, expectUsedUp } from '../support/quota-service.ts'
import { driverAt } from '../support/stores.ts'

const CHILD = fileURLToPath(new URL('../support/quota-child.ts', import.meta.url))
const QUOTA = 300
const KILLS = 3

describe('the quota of an account in a process that is killed under load', () => {
  it('is never overrun, nothing is sent twice, and what is left of it is used up afterwards', async () => {
    const place = temporaryStore()
    const file = join(temporaryFolder(), 'calls.log')
    const calls = () => callsIn(file)
    const run = () =>
      spawn(process.execPath, [CHILD, place, file, String(QUOTA)], { stdio: ['ignore', 'pipe', 'inherit'] })
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = run()
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      const enough = calls().length + 30
      while (calls().length < enough && child.exitCode === null)
        await new Promise<void>((resolve) => setImmediate(resolve))
      child.kill('SIGKILL')
      await exited
    }
    const last = run()
    let said = ''
    last.stdout.on('data', (text: Buffer) => (said += text.toString()))
    await new Promise((resolve) => last.once('exit', resolve))
    expect(said).toBe(`used ${QUOTA}\n`)

    const { adapter } = createProvider()
    const engine = await createEngine({ driver: driverAt(place), adapters: [adapter] })
    await expectUsedUp(engine, calls(), QUOTA)
    await engine.stop()
  })
})
