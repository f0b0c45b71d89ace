import { CHANNELS } from '@signalbox/contracts'
import { EngineError, type Engine } from '@signalbox/engine'

/** In an empty store: one sandbox service per channel, so that the first send works. Real services go before them. */
export async function addSandboxServices({ services }: Engine): Promise<void> {
  if (services.list().length > 0) return
  for (const channel of CHANNELS) {
    const service = {
      name: `Sandbox ${channel}`,
      channel,
      adapter: 'sandbox',
      settings: {},
      priority: 0,
      enabled: true,
    }
    try {
      await services.create(service)
    } catch (error) {
      // Another node that starts at the same time has made it.
      if (!(error instanceof EngineError && error.reason === 'conflict')) throw error
    }
  }
}
