import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/engine.ts'
import { keyFile } from './key-file.ts'
import { MasterKeyError } from './master-key.ts'

const KEY = Buffer.alloc(32, 7)

describe('a master key in a file', () => {
  let path: string
  let heard: string[]
  const open = (options: { mayCreate?: boolean } = {}) =>
    keyFile(path, { ...options, onNotice: (level, message) => heard.push(`${level}: ${message}`) })
  const put = (file: string, text: string, mode = 0o600) => {
    writeFileSync(file, text)
    chmodSync(file, mode)
  }
  beforeEach(() => {
    path = join(temporaryFolder(), 'master.key')
    heard = []
  })

  it('is made for its owner alone, and its owner hears where it is and what it is for', () => {
    expect(open().read()).toEqual([])
    expect(existsSync(path)).toBe(false)
    const key = open().create()
    expect(key).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(open().read()).toEqual([key])
    expect(heard).toEqual([
      expect.stringContaining(`info: made the master key ${path}: keep a copy apart from the data.`),
    ])
    expect(heard.join()).not.toContain(key.toString('base64'))
  })

  it('is made in a folder that is not there yet', () => {
    path = join(path, 'deeper', 'master.key')
    expect(open().read()).toEqual([])
    const key = open().create()
    expect(open().read()).toEqual([key])
  })

  it('is another one each time it is made', () => {
    const first = open().create()
    rmSync(path)
    expect(open().create()).not.toEqual(first)
  })

  it.each([0o644, 0o640, 0o660, 0o604])('is told of when others may read it (mode %o)', (mode) => {
    put(path, KEY.toString('base64'), mode)
    expect(open().read()).toEqual([KEY])
    expect(heard).toEqual([
      `warn: the master key in ${path} is open to others (mode ${mode.toString(8)}): chmod 600 ${path}`,
    ])
  })

  it.each([
    ['', /got 0 bytes/],
    [KEY.toString('base64').slice(0, 20), /got 15 bytes/],
    ['not a key', /got something else/],
  ])('is refused when the file holds %j', (text, message) => {
    put(path, text)
    expect(() => open().read()).toThrow(message)
    expect(() => open().read()).toThrow(MasterKeyError)
    expect(() => open().read()).toThrow(`expected the content of ${path} to be 32 bytes in base64`)
  })

  it('has to be there where it is not ours to make', () => {
    expect(() => open({ mayCreate: false }).read()).toThrow(`expected the master key in ${path}, got no such file`)
  })

  it('stays beside the next one until it is known which is in force', () => {
    const first = open().create()
    const next = open().next()
    expect(open().read()).toEqual([first, next])
    expect(statSync(`${path}.next`).mode & 0o777).toBe(0o600)
    open().settle(next)
    expect(open().read()).toEqual([next])
    expect(existsSync(`${path}.next`)).toBe(false)

    open().next()
    open().settle(next)
    expect(open().read()).toEqual([next])
    expect(readFileSync(path, 'utf8').trim()).toBe(next.toString('base64'))
  })
})
