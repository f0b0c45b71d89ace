/** Puts accounts, templates and, the first time, the history in place. Does nothing twice. */
import { CHANNELS, type Channel } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'
import { localTime } from './day.ts'
import { DAY_MS, history } from './history.ts'
import { INBOX_SERVICE, SANDBOX_SERVICES, SMTP_SERVICE, smtpService } from './services.ts'
import { DEMO_TEMPLATES } from './templates.ts'
import type { Stored } from './traffic/choose.ts'

export interface SeedOptions {
  smtpPort: number
  now: number
  rate: number
}

export interface Seeded {
  /** Those that may be sent from. */
  templates: Stored[]
  /** The history was written just now. */
  historyWritten: boolean
}

/** Any number will do; the same one gives every first start the same week. */
const HISTORY_SEED = 20_240_101

export async function seed(engine: Engine, { smtpPort, now, rate }: SeedOptions): Promise<Seeded> {
  await seedServices(engine, smtpPort)
  const templates = await seedTemplates(engine)
  const historyWritten = await isUnused(engine, now)
  if (historyWritten) {
    const { timeZone } = engine.settings.values
    const rows = history({ now, timeZone, rate, seed: HISTORY_SEED, ids: idsOf(engine, templates) })
    await engine.stats.importHistory(rows)
    // The shop never sleeps: at night its promotions would wait for the morning, and the screens would show less.
    await engine.settings.set('quiet_hours.marketing', 'false')
  }
  return { templates, historyWritten }
}

async function seedServices({ services }: Engine, smtpPort: number): Promise<void> {
  const known = new Map(services.list().map((service) => [service.name, service]))
  for (const service of [...SANDBOX_SERVICES, INBOX_SERVICE])
    if (!known.has(service.name)) await services.create(service)
  const mail = smtpService(smtpPort)
  const stored = known.get(SMTP_SERVICE)
  // The port alone is ours to change: what an operator set on it stays.
  if (stored) await services.update(stored.id, { settings: { ...stored.settings, port: smtpPort } })
  else await services.create(mail)
}

/** An edited template keeps the editor's text; one that was archived or is a draft rests. */
async function seedTemplates({ templates }: Engine): Promise<Stored[]> {
  const known = new Map((await templates.list()).map((template) => [`${template.channel} ${template.name}`, template]))
  const stored: Stored[] = []
  for (const demo of DEMO_TEMPLATES) {
    const { channel, name } = demo.template
    const template = known.get(`${channel} ${name}`) ?? (await templates.create(demo.template))
    if (template.status === 'active') stored.push({ ...demo, id: template.id })
  }
  return stored
}

/** Nothing was ever counted or stored here. */
async function isUnused({ messages, settings, stats }: Engine, now: number): Promise<boolean> {
  const day = (at: number) => localTime(at, settings.values.timeZone).date
  const { total } = await stats.overview({ from: day(now - 8 * DAY_MS), to: day(now) })
  if (total.accepted > 0 || total.sent > 0) return false
  const page = await messages.search({ limit: 1 })
  return page.messages.length === 0
}

/** The first service and template of each channel stand for all of the history. */
function idsOf({ services }: Engine, templates: readonly Stored[]) {
  const ofChannel = (channel: Channel) => ({
    serviceId:
      services
        .list()
        .filter((service) => service.channel === channel)
        .sort((a, b) => b.priority - a.priority || a.id - b.id)[0]?.id ?? 0,
    templateId: templates.find(({ template }) => template.channel === channel)?.id ?? 0,
  })
  return Object.fromEntries(CHANNELS.map((channel) => [channel, ofChannel(channel)])) as Record<
    Channel,
    ReturnType<typeof ofChannel>
  >
}
