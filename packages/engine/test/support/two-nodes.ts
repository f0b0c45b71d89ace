/** Two engines on one PostgreSQL schema, in this process: what one of them does, or plain SQL, and what the other makes of it. */
import { onTestFinished, vi } from 'vitest'
import type { AnyAdapter } from '@signalbox/channels/adapter'
import type { Driver } from '../../src/driver.ts'
import { openStore } from '../../src/drivers/postgres/store.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import { givenKey, type KeySource } from '../../src/secrets/master-key.ts'
import { ManualClock } from './manual-clock.ts'
import { nodeNamed, temporarySchema } from './nodes.ts'
import { postgresProxy, type PostgresProxy } from './postgres-proxy.ts'
import { testDatabaseUrl } from './postgres-server.ts'
import { createProvider, type Provider } from './provider.ts'
import { storesOf } from './stores.ts'

export interface Node {
  engine: Engine
  provider: Provider
  /** What its services were sent with. */
  passwords: (string | undefined)[]
  /** Services whose connections it closed. */
  closed: number[]
  problems: string[]
}

export interface TwoNodes {
  a: Node
  /** Its PostgreSQL is behind the proxy. */
  b: Node
  proxy: PostgresProxy
  /** Of both. */
  clock: ManualClock
  schema: string
  sql(statement: string): Promise<Record<string, unknown>[]>
  templateId: number
  serviceId: number
}

export const KEY = Buffer.alloc(32, 7).toString('base64')

/** A store beside others on the same schema, without what else several nodes need. */
function nodeDriver(url: string, schema: string): Driver {
  return {
    name: 'postgres',
    open: (options) => openStore({ url, schema }, options, { nodes: 'many' }),
  }
}

export async function openNodeEngine(
  schema: string,
  name: string,
  options: { url?: string; clock?: ManualClock; keys?: KeySource | null } = {},
): Promise<Node> {
  const { url = testDatabaseUrl(), clock = new ManualClock(), keys = givenKey(KEY, 'MASTER_KEY') } = options
  const provider = createProvider()
  const [passwords, closed, problems]: [(string | undefined)[], number[], string[]] = [[], [], []]
  const adapter: AnyAdapter = {
    ...provider.adapter,
    form: { schema: { type: 'object', properties: { password: { secret: true }, host: { type: 'string' } } } },
    settings: (raw) => ({ ok: true, value: raw as object }),
    async send(delivery, settings, context) {
      passwords.push(context.secret('password'))
      return provider.adapter.send(delivery, settings, context)
    },
    close: async (id) => void closed.push(id),
  }
  const engine = await createEngine({
    ...{ driver: nodeDriver(url, schema), adapters: [adapter], clock, node: nodeNamed(name) },
    ...(keys ? { keys } : {}),
    log: {
      info: () => undefined,
      warn: (fields) => void problems.push(String((fields as { err?: unknown }).err)),
    },
  })
  onTestFinished(() => engine.stop({ deadlineMs: 0 }))
  return { engine, provider, passwords, closed, problems }
}

/** Neither has started. With a service and a published template. */
export async function openTwoNodes(): Promise<TwoNodes> {
  const schema = temporarySchema()
  const proxy = await postgresProxy()
  const clock = new ManualClock()
  const a = await openNodeEngine(schema, 'a', { clock })
  const service = await a.engine.services.create({
    ...{ name: 'sms', channel: 'sms', adapter: 'test.provider', priority: 10, enabled: true },
    settings: { password: 'first' },
  })
  const template = await a.engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
  const b = await openNodeEngine(schema, 'b', { url: proxy.url, clock })
  const sql = (statement: string) => storesOf('postgres').sql(schema, statement)
  return { a, b, proxy, clock, schema, sql, templateId: template.id, serviceId: service.id }
}

/** Time is real here, and none of it passes for the engines: what they do was told to them. */
export const until = (holds: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(holds, { timeout: 10_000, interval: 10 })
