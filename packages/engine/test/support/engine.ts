import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { Driver, Store } from '../../src/driver.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import { ManualClock } from './manual-clock.ts'
import { createProvider, type Provider } from './provider.ts'
import { driverAt, storesOf, testDriver } from './stores.ts'

export interface Bench<C extends Clock = ManualClock> {
  engine: Engine
  provider: Provider
  clock: C
  /** Of its store. */
  place: string
  /** A published SMS template `Hello {{name}}`. */
  templateId: number
  /** Stops this engine and opens another on the same store, as a restart does. */
  reopen(): Promise<Engine>
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An empty store of the driver that the stories run over; removed after the test. */
export function temporaryStore(): string {
  const { make, remove } = storesOf(testDriver)
  const place = make()
  onTestFinished(() => remove(place))
  return place
}

/** An engine on a store of its own with one service and one template, stopped and removed after the test. */
export async function openEngine(
  options: {
    start?: boolean
    place?: string
    clock?: ManualClock
    withoutService?: true
    /** What stands between the engine and its store. */
    between?: (store: Store) => Store
  } = {},
): Promise<Bench> {
  const { place = temporaryStore(), clock = new ManualClock(), between = (store: Store) => store } = options
  const provider = createProvider()
  const open = () =>
    createEngine({
      driver: through(driverAt(place, clock), between),
      adapters: [provider.adapter, provider.bot, provider.looker],
      clock,
    })
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
    place,
    templateId: template.id,
    async reopen() {
      await engine.stop({ deadlineMs: 0 })
      engine = await open()
      return engine
    },
  }
}

const through = (driver: Driver, between: (store: Store) => Store): Driver => ({
  ...driver,
  open: async (options) => between(await driver.open(options)),
})
