import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { embedded } from '../../src/drivers/embedded.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import { ManualClock } from './manual-clock.ts'
import { createProvider, type Provider } from './provider.ts'

export interface Bench<C extends Clock = ManualClock> {
  engine: Engine
  provider: Provider
  clock: C
  folder: string
  /** A published SMS template `Hello {{name}}`. */
  templateId: number
  /** Stops this engine and opens another on the same folder, as a restart does. */
  reopen(): Promise<Engine>
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An engine on a folder of its own with one service and one template, stopped and removed after the test. */
export async function openEngine(
  options: { start?: boolean; folder?: string; clock?: ManualClock; withoutService?: true } = {},
): Promise<Bench> {
  const { folder = temporaryFolder(), clock = new ManualClock() } = options
  const provider = createProvider()
  const open = () =>
    createEngine({ driver: embedded({ folder }), adapters: [provider.adapter, provider.bot, provider.looker], clock })
  let engine = await open()
  onTestFinished(async () => {
    await engine.stop({ deadlineMs: 0 })
  })
  if (!options.withoutService) {
    await engine.services.create({
      name: 'sms',
      channel: 'sms',
      adapter: 'test.provider',
      settings: {},
      priority: 10,
      enabled: true,
    })
  }
  const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
  if (options.start !== false) await engine.start()
  return {
    get engine() {
      return engine
    },
    provider,
    clock,
    folder,
    templateId: template.id,
    async reopen() {
      await engine.stop({ deadlineMs: 0 })
      engine = await open()
      return engine
    },
  }
}
