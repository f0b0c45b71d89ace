import type { Engine } from '@signalbox/engine'

/** Names of templates and services for rows that know their ids, without a look-up per row. */
export interface Names {
  template(id: number): string
  service(id: number | null): string | null
  close(): void
}

export async function createNames(engine: Engine): Promise<Names> {
  const templates = new Map((await engine.templates.list()).map(({ id, name }) => [id, name]))
  let services = new Map<number, string>()
  const readServices = (): void => {
    services = new Map(engine.services.list().map(({ id, name }) => [id, name]))
  }
  const readTemplate = async (id: number): Promise<void> => {
    // A template that was removed keeps its last name: old rows still show it.
    const template = await engine.templates.get(id).catch(() => null)
    if (template) templates.set(id, template.name)
  }
  readServices()
  const unsubscribe = [
    engine.events.on('template:changed', ({ id }) => void readTemplate(id)),
    engine.events.on('service:changed', readServices),
  ]
  return {
    template: (id) => templates.get(id) ?? `#${id}`,
    service: (id) => (id === null ? null : (services.get(id) ?? `#${id}`)),
    close() {
      for (const off of unsubscribe) off()
    },
  }
}
