import { spawnSync } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/engine.ts'

const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

/** After how many calls V8 compiles a wrapper, in a process that did this. V8 tells it with the list of its flags. */
function budgetAfter(program: string): number {
  const folder = temporaryFolder()
  const script = join(folder, 'program.mjs')
  writeFileSync(script, `${program}; (await import('node:v8')).setFlagsFromString('--help')`)
  // Into a file: V8 writes more than a pipe holds, and does not wait for whoever reads it.
  const list = join(folder, 'flags')
  const { stderr } = spawnSync(process.execPath, [script], {
    stdio: ['ignore', openSync(list, 'w'), 'pipe'],
    encoding: 'utf8',
  })
  const told = /default: --wasm-wrapper-tiering-budget=(\d+)/.exec(readFileSync(list, 'utf8'))
  if (!told) throw new Error(`expected V8 to know --wasm-wrapper-tiering-budget, got ${stderr || 'no such flag'}`)
  return Number(told[1])
}

const NEVER = 2 ** 31 - 1

describe('the wrappers of WebAssembly', () => {
  it('are compiled anew sooner or later where nobody asks them not to', () => {
    expect(budgetAfter('')).toBeLessThan(NEVER)
  })

  it('stay as they begin once a store was opened', () => {
    const folder = JSON.stringify(temporaryFolder())
    const open = `const { openThread } = await import(${source('../drivers/sqlite/client.ts')})
      await (await openThread({ folder: ${folder}, mode: 'write' }, { onCommitUnknown: console.error })).close()`
    expect(budgetAfter(open)).toBe(NEVER)
  })

  it('stay as they begin once a thread was started that computes', () => {
    const start = `const { createThreads } = await import(${source('./threads.ts')})
      const { systemClock: clock } = await import(${source('../clock.ts')})
      const entry = new URL(${source('../../test/support/thread-tasks.ts')})
      const threads = createThreads({ name: 'test', entry, size: 1, capacity: 1, deadlineMs: 60_000, clock })
      await threads.run({ do: 'echo', value: 1 })
      await threads.close()`
    expect(budgetAfter(start)).toBe(NEVER)
  })
})
