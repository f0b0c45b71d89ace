/** This engine as the benchmarks use it: on a store of its own, with one service, one template and a pool of fixed size. */
import type { AnyAdapter } from '@signalbox/channels/adapter'
import { createEngine, type Engine, type EngineOptions } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'

export interface OurEngine {
  engine: Engine
  /** Template of channel `app` with the one variable `body`. */
  templateId: number
}

/** Everything as it is by default but the pool. Not yet sending. */
export function openOurEngine(folder: string, adapter: AnyAdapter, workers: number): Promise<OurEngine> {
  return openOurEngineOn(embedded({ folder }), adapter, workers)
}

export async function openOurEngineOn(
  driver: EngineOptions['driver'],
  adapter: AnyAdapter,
  workers: number,
  node: EngineOptions['node'] = {},
): Promise<OurEngine> {
  const engine = await createEngine({ driver: withPool(driver, workers), adapters: [adapter], node })
  const [known] = await engine.templates.list()
  if (known) return { engine, templateId: known.id }
  const { key } = adapter
  await engine.services.create({
    name: 'bench',
    channel: 'app',
    adapter: key,
    settings: {},
    priority: 0,
    enabled: true,
  })
  const template = await engine.templates.create({ name: 'bench', channel: 'app', content: '{{body}}' })
  return { engine, templateId: template.id }
}

/** A new store gets these numbers of workers in its settings, as an operator would set them. */
function withPool(driver: EngineOptions['driver'], workers: number): EngineOptions['driver'] {
  const sized = { core_pool_size: workers, max_pool_size: workers }
  return {
    ...driver,
    open(options) {
      const threadPools = options.defaults.threadPools.map((pool) => ({ ...pool, ...sized }))
      return driver.open({ ...options, defaults: { ...options.defaults, threadPools } })
    },
  }
}
