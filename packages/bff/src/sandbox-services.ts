import { CHANNELS } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'

/** In an empty store: one sandbox service per channel, so that the first send works. Real services go before them. */
export async function addSandboxServices({ services }: Engine): Promise<void> {
  if (services.list().length > 0) return
  for (const channel of CHANNELS) {
    await services.create({
      name: `Sandbox ${channel}`,
      channel,
      adapter: 'sandbox',
      settings: {},
      priority: 0,
      enabled: true,
    })
  }
}
