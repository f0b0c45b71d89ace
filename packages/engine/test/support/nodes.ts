/** Several nodes on one PostgreSQL schema, in this process. */
import { onTestFinished } from 'vitest'
import type { OpenOptions, Store } from '../../src/driver.ts'
import type { Step } from '../../src/drivers/postgres/schema/index.ts'
import { openStore } from '../../src/drivers/postgres/store.ts'
import type { NodeIdentity } from '../../src/nodes/store.ts'
import { SETTINGS_DEFAULTS } from '../../src/settings/defaults.ts'
import { dropSchema, testDatabaseUrl } from './postgres-server.ts'
import { storesOf } from './stores.ts'

export interface TestNode {
  store: Store
  lease: number
  /** What it was told of its end. */
  ended: string[]
}

/** A schema of its own, dropped after the test. */
export function temporarySchema(): string {
  const schema = storesOf('postgres').make()
  onTestFinished(() => dropSchema(schema))
  return schema
}

export const nodeNamed = (name: string, role: NodeIdentity['role'] = 'all'): NodeIdentity => ({
  ...{ name, role, version: '1' },
})

/** Opened beside others; closed after the test. */
export async function openNode(...args: Parameters<typeof openNodeAt>): Promise<TestNode> {
  const node = await openNodeAt(...args)
  onTestFinished(() => node.store.close())
  return node
}

/** The same, closed by whoever opens it. */
export async function openNodeAt(
  schema: string,
  node: NodeIdentity,
  { url = testDatabaseUrl(), steps, ...options }: Partial<OpenOptions> & { url?: string; steps?: readonly Step[] } = {},
): Promise<TestNode> {
  const ended: string[] = []
  const told = { onCommitUnknown: () => undefined, onEnded: (reason: string) => void ended.push(reason) }
  const store = await openStore(
    { url, schema },
    { defaults: SETTINGS_DEFAULTS, ...told, ...options, node },
    { nodes: 'many', ...(steps && { steps }) },
  )
  return { store, lease: store.nodes.self.lease, ended }
}
