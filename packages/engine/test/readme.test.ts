import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

it('the example in the README runs as it stands there, in about 20 lines', () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(README) ?? []
  expect(example.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(20)

  // Beside this file, so that its imports are found.
  const folder = mkdtempSync(fileURLToPath(new URL('.readme-', import.meta.url)))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'example.ts'), example)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.ts'], { cwd: folder, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/^msg_[0-9A-Z]{11} sent$/),
    'queue succeeded',
    'process succeeded',
    'send succeeded',
    'callback none',
    'Your code is 4711',
  ])
}, 30_000)
