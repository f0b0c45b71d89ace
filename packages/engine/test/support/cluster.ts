/** Several engines on one store, in this process or as children of it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NodeRole } from '@signalbox/contracts'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Driver } from '../../src/driver.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import type { NewService } from '../../src/services/services.ts'
import { temporaryFolder, temporaryStore } from './engine.ts'
import { createProvider, type Provider } from './provider.ts'
import { driverAt } from './stores.ts'

const CHILD = fileURLToPath(new URL('node-child.ts', import.meta.url))

export interface ClusterNode {
  engine: Engine
  provider: Provider
  accept(count: number, options?: { priority?: number; delayMs?: number }): Promise<number[]>
}

export interface ChildNode {
  process: ChildProcess
  /** Record ids in the order in which its provider was asked. */
  sent(): number[]
  /** Resolves with the first line that it writes from now on and that fits. */
  says(line: RegExp): Promise<string>
  exit: Promise<unknown>
}

export interface Cluster {
  place: string
  join(name: string, role?: NodeRole, options?: { start?: boolean }): Promise<ClusterNode>
  /** As a process of its own; its provider answers after `answersAfterMs`. Resolves when it sends. */
  spawn(name: string, role: NodeRole, answersAfterMs: number): Promise<ChildNode>
}

const SERVICE: NewService = {
  name: 'sms',
  channel: 'sms',
  adapter: 'test.provider',
  settings: {},
  priority: 10,
  enabled: true,
}

/** `driver`: other than that of the tests, for nodes of this process. */
export function openCluster(driver: (place: string) => Driver = driverAt): Cluster {
  const place = temporaryStore()
  const folder = temporaryFolder()

  return {
    place,
    async join(name, role = 'all', { start = true } = {}) {
      const provider = createProvider()
      const engine = await createEngine({ driver: driver(place), adapters: [provider.adapter], node: { name, role } })
      onTestFinished(() => engine.stop({ deadlineMs: 0 }))
      if (engine.services.list().length === 0) await engine.services.create(SERVICE)
      const [known] = await engine.templates.list()
      const template =
        known ?? (await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' }))
      if (start) await engine.start()
      return {
        ...{ engine, provider },
        accept: (count, options = {}) =>
          Promise.all(
            Array.from({ length: count }, async (_, i) => {
              const message = { templateId: template.id, recipient: `r${i}`, variables: { name: 'x' }, ...options }
              return (await engine.messages.accept(message)).id
            }),
          ),
      }
    },
    async spawn(name, role, answersAfterMs) {
      const file = joinPath(folder, name)
      const child = spawn(process.execPath, [CHILD, place, name, role, file, String(answersAfterMs)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const listeners = new Set<(line: string) => void>()
      createInterface({ input: child.stdout }).on('line', (line) => {
        for (const hear of listeners) hear(line)
      })
      const exit = new Promise((resolve) => child.once('exit', resolve))
      onTestFinished(async () => {
        child.kill('SIGKILL')
        await exit
      })
      const node: ChildNode = {
        ...{ process: child, exit },
        sent: () =>
          readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map(Number),
        says: (wanted) =>
          new Promise((resolve, reject) => {
            const hear = (line: string) => {
              if (wanted.test(line)) resolve(line)
            }
            listeners.add(hear)
            void exit.then(() => reject(new Error(`expected ${String(wanted)}, got the end of node ${name}`)))
          }),
      }
      await node.says(/^sending$/)
      return node
    },
  }
}

/** Looks again and again at what other processes and servers do. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    const { promise, resolve } = Promise.withResolvers<void>()
    systemClock.after(20, resolve)
    await promise
  }
}

export async function states(engine: Engine): Promise<Partial<Record<string, number>>> {
  return (await engine.stats.conservation({ deep: true })).byState
}
