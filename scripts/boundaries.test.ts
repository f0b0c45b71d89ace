/** Each boundary of the house, shown by a file that breaks it: the linter is run on a copy of the configuration. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT, run } from './run.ts'

const RULES = { boundary: 'no-restricted-imports', sleep: 'signalbox(no-sleep)', console: 'no-console' }

/** File, its one statement, and the rule that must refuse it; null where it must pass. */
const CASES: [file: string, code: string, refusedBy: keyof typeof RULES | null][] = [
  ['packages/contracts/src/a.ts', `import { z } from 'zod'`, null],
  ['packages/contracts/src/b.ts', `import { join } from 'node:path'`, 'boundary'],
  ['packages/channels/src/a.ts', `import type { Channel } from '@signalbox/contracts'`, null],
  ['packages/channels/src/b.ts', `import { createEngine } from '@signalbox/engine'`, 'boundary'],
  ['packages/engine/src/a.ts', `import type { AnyAdapter } from '@signalbox/channels/adapter'`, null],
  ['packages/engine/src/b.ts', `import { sandbox } from '@signalbox/channels'`, 'boundary'],
  ['packages/engine/src/c.ts', `import { createApp } from '@signalbox/bff'`, 'boundary'],
  ['packages/engine/src/d.ts', `import { createTransport } from 'nodemailer'`, 'boundary'],
  ['packages/engine/src/queue/e.ts', `import { embedded } from '../drivers/embedded.ts'`, 'boundary'],
  ['packages/engine/src/queue/e.test.ts', `import { embedded } from '../drivers/embedded.ts'`, null],
  ['packages/engine/src/drivers/embedded.ts', `import { openSqlite } from './sqlite/open.ts'`, null],
  ['packages/engine/src/drivers/postgres/a.ts', `import { openSqlite } from '../sqlite/open.ts'`, 'boundary'],
  ['packages/engine/src/drivers/sqlite/a.ts', `import type { Clock } from '../../clock.ts'`, null],
  ['packages/bff/src/realtime/gateway.ts', `import { Server } from 'socket.io'`, null],
  ['packages/bff/src/app.ts', `import { Server } from 'socket.io'`, 'boundary'],
  ['packages/bff/src/b.ts', `import { router } from '@signalbox/dashboard'`, 'boundary'],
  ['packages/dashboard/src/a.ts', `import { createEngine } from '@signalbox/engine'`, 'boundary'],
  ['packages/demo/src/a.ts', `import { createEngine } from '@signalbox/engine'`, null],
  ['e2e/specs/a.ts', `import { createEngine } from '@signalbox/engine'`, 'boundary'],
  ['packages/engine/src/f.test.ts', `import { setTimeout } from 'node:timers/promises'`, 'sleep'],
  ['packages/engine/test/g.ts', `await new Promise((done) => setTimeout(done, 10))`, 'sleep'],
  ['e2e/specs/h.ts', `await page.waitForTimeout(10)`, 'sleep'],
  ['packages/bff/src/fake-provider.test.ts', `setTimeout(() => reply.end(), 10)`, null],
  ['packages/bff/src/c.ts', `console.log('listening')`, 'console'],
  ['packages/bff/src/main.ts', `console.log('listening')`, null],
]

let folder: string
let findings: { filename: string; code: string }[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-lint-'))
  cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  cpSync(join(ROOT, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true })
  for (const [file, code] of CASES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${code}\n`)
  }
  const { output } = await run('oxlint', ['--format=json'], { cwd: folder, quiet: true })
  findings = (JSON.parse(output) as { diagnostics: typeof findings }).diagnostics
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(CASES)('%s: %s → %s', (file, _code, refusedBy) => {
  const rules = findings.filter((finding) => finding.filename === file).map((finding) => finding.code)
  const known = Object.values(RULES).filter((rule) => rules.some((code) => code.includes(rule)))
  expect(known).toEqual(refusedBy ? [RULES[refusedBy]] : [])
})
