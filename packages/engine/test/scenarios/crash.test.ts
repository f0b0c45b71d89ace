import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../src/index.ts'
import { temporaryStore } from '../support/engine.ts'
import { createProvider } from '../support/provider.ts'
import { driverAt, storesOf, testDriver } from '../support/stores.ts'
import { until } from '../support/waiting.ts'

const CHILD = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url))

/** Runs the child until it has acknowledged so many messages, then kills it at once. */
async function killAfter(acknowledged: number, place: string): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, place], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ids: number[] = []
  const exited = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    ids.push(Number(line))
    if (ids.length === acknowledged) child.kill('SIGKILL')
  }
  await exited
  return ids
}

describe('a process killed under load', () => {
  it('loses nothing it acknowledged, resends nothing, and shows what may have been sent as unknown', async () => {
    const place = temporaryStore()
    const acknowledged = await killAfter(200, place)
    const provider = createProvider()
    const engine = await createEngine({ driver: driverAt(place), adapters: [provider.adapter] })
    const { messages } = await engine.messages.search({ status: 'unknown', limit: 200 })
    expect(messages.length).toBeGreaterThan(0)
    expect(messages.every((message) => message.errorCode === 'crashed' && message.attempt === 1)).toBe(true)
    for (const id of acknowledged) expect(await engine.messages.get(id)).not.toBeNull()
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true, offendingIds: [] })

    const waiting = (await engine.stats.conservation()).byState.queued
    await engine.start()
    await provider.called(waiting)
    const unknown = new Set(messages.map((message) => message.id))
    expect(provider.calls.some((call) => unknown.has(call.recordId))).toBe(false)
    await engine.stop()
  })

  it('lets its place go, and only one process has it at a time', async () => {
    const place = temporaryStore()
    await killAfter(1, place)
    const open = () => createEngine({ driver: driverAt(place), adapters: [] })
    const engine = await open()
    if (storesOf(testDriver).nodes === 'one') await expect(open()).rejects.toThrow('another Signalbox process holds')
    else {
      // Among nodes who comes under the same name is the same one, started again.
      const again = await open()
      await until(() => engine.problem !== null)
      expect(engine.problem).toContain('other nodes have ended this one (signalbox')
      await again.stop()
    }
    await engine.stop()
  })
})
