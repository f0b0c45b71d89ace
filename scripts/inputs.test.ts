import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashOf } from './inputs.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'signalbox-inputs-'))
  mkdirSync(join(root, 'app/dist'), { recursive: true })
  writeFileSync(join(root, 'app/main.ts'), 'one')
  writeFileSync(join(root, 'lock.yaml'), 'one')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const hash = () => hashOf(root, ['app', 'lock.yaml', 'absent'])

describe('the hash of the inputs', () => {
  it('stays when nothing changed', () => {
    expect(hash()).toBe(hash())
  })

  it.each(['app/main.ts', 'app/new.ts', 'lock.yaml', 'absent'])('changes with %s', (file) => {
    const before = hash()
    writeFileSync(join(root, file), 'two')
    expect(hash()).not.toBe(before)
  })

  it('changes when a file is renamed', () => {
    const before = hash()
    writeFileSync(join(root, 'app/other.ts'), 'one')
    rmSync(join(root, 'app/main.ts'))
    expect(hash()).not.toBe(before)
  })

  it.each(['app/dist/out.js', 'app/main.test.ts'])('stays when %s changes, which nobody builds from', (file) => {
    const before = hash()
    writeFileSync(join(root, file), 'two')
    expect(hash()).toBe(before)
  })
})
