/** A quota that two processes share, over kills of both: never overrun, and used up to the last place. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { temporarySchema } from '../../../test/support/nodes.ts'
import { createProvider } from '../../../test/support/provider.ts'
import { callsIn, expectUsedUp, serviceWithQuota } from '../../../test/support/quota-service.ts'
import { nodeDriverAt } from '../../../test/support/stores.ts'
import { createEngine } from '../../index.ts'

const CHILD = fileURLToPath(new URL('../../../test/support/quota-child.ts', import.meta.url))
const QUOTA = 300
const KILLS = 2

describe('the quota of an account on two nodes that are killed under load', () => {
  it('is never overrun, nothing is sent twice, and what is left of it is used up afterwards', async () => {
    const schema = temporarySchema()
    const { adapter } = createProvider()
    const open = () =>
      createEngine({ driver: nodeDriverAt(schema), node: { name: 'maker', role: 'api' }, adapters: [adapter] })
    const maker = await open()
    await maker.services.create(serviceWithQuota(QUOTA))
    await maker.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
    await maker.stop()

    const file = join(temporaryFolder(), 'calls.log')
    const calls = () => callsIn(file)
    const running = new Set<ChildProcess>()
    onTestFinished(() => {
      for (const child of running) child.kill('SIGKILL')
    })
    const run = (name: string) => {
      const child = spawn(process.execPath, [CHILD, schema, file, String(QUOTA), name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      running.add(child)
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => {
          running.delete(child)
          resolve()
        })
      })
      return { child, exited }
    }
    const nodes = { one: run('one'), two: run('two') }
    for (let kill = 0; kill < KILLS; kill++) {
      for (const name of ['one', 'two'] as const) {
        const enough = calls().length + 30
        while (calls().length < enough) await new Promise<void>((resolve) => setImmediate(resolve))
        nodes[name].child.kill('SIGKILL')
        await nodes[name].exited
        nodes[name] = run(name)
      }
    }
    const said = ['', '']
    for (const [i, { child }] of [nodes.one, nodes.two].entries()) {
      child.stdout?.on('data', (text: Buffer) => (said[i] += text.toString()))
    }
    await Promise.all([nodes.one.exited, nodes.two.exited])
    expect(said).toEqual([`used ${QUOTA}\n`, `used ${QUOTA}\n`])

    const engine = await open()
    await expectUsedUp(engine, calls(), QUOTA)
    await engine.stop()
  })
})
