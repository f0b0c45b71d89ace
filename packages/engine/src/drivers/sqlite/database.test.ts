import Database from 'better-sqlite3'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { runningThreads } from '../../../test/support/threads.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { embedded } from '../embedded.ts'
import { holdFolder, migrate, openDatabase, type Db } from './database.ts'
import { MIGRATIONS } from './schema.ts'

function open(folder: string, mode: 'write' | 'read'): Db {
  const db = openDatabase(folder, mode)
  onTestFinished(() => {
    db.close()
  })
  return db
}

const versionOf = (db: Db) => db.pragma('user_version', { simple: true })

describe('a connection', () => {
  it('writes through to the disk with every commit, whatever it is for', () => {
    const folder = temporaryFolder()
    for (const mode of ['write', 'read'] as const) {
      const db = open(folder, mode)
      expect(db.pragma('synchronous', { simple: true })).toBe(2)
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    }
  })

  it('is refused when its settings did not take', () => {
    const folder = temporaryFolder()
    const rollbackJournal = new Database(join(folder, 'signalbox.db'))
    rollbackJournal.exec('CREATE TABLE t (a)')
    rollbackJournal.close()
    expect(() => openDatabase(folder, 'read')).toThrow("expected SQLite's journal_mode to be wal, got delete")
  })

  it('for reading cannot write', () => {
    const folder = temporaryFolder()
    migrate(open(folder, 'write'))
    expect(() => open(folder, 'read').exec('DELETE FROM jobs')).toThrow(/readonly/)
  })
})

describe('migrating', () => {
  it('brings an empty database to the newest shape, and does nothing the second time', () => {
    const db = open(temporaryFolder(), 'write')
    migrate(db)
    expect(versionOf(db)).toBe(MIGRATIONS.length)
    db.exec('INSERT INTO template_uses (template_id) VALUES (1)')
    migrate(db)
    expect(db.prepare('SELECT count(*) FROM template_uses').pluck().get()).toBe(1)
  })

  it('knows from the hours when a template was last used, and says no more than it knows of why a trial ended', () => {
    const db = open(temporaryFolder(), 'write')
    for (const each of MIGRATIONS.slice(0, 5)) {
      if (typeof each === 'string') db.exec(each)
      else each(db)
    }
    db.pragma('user_version = 5')
    db.exec(`
      INSERT INTO template_uses VALUES (1), (2);
      INSERT INTO stats_hours VALUES (3600000, 'sms', 0, 1, 'accepted', 1, 0, 0, 0, ''), (7200000, 'sms', 0, 1, 'accepted', 1, 0, 0, 0, ''),
        (9000000, 'sms', 0, 1, 'sent', 1, 0, 0, 0, '');
      INSERT INTO template_experiments VALUES (1, 1, 2, 50, 100, 'ended', 5, 'ann', 9, 'ended by ann'), (2, 1, 2, 50, 100, 'running', 5, 'ann', NULL, NULL);
    `)
    migrate(db)
    expect(db.prepare('SELECT template_id, last_used_at FROM template_uses').raw().all()).toEqual([
      [1, 7_200_000],
      [2, 0],
    ])
    expect(db.prepare('SELECT stop_reason FROM template_experiments').pluck().all()).toEqual([
      '{"kind":"ended","by":null}',
      null,
    ])
  })

  it('gives an older database the rule of a route that can be reached from outside, and a new one leaves to be filled', () => {
    const before = MIGRATIONS.length - 1
    const rules = (filled: boolean) => {
      const db = open(temporaryFolder(), 'write')
      migrate(db)
      if (filled) db.exec("INSERT INTO system_config VALUES ('a', '1', 'queue', '', 'int', NULL)")
      db.pragma(`user_version = ${before}`)
      migrate(db)
      return db.prepare('SELECT * FROM rate_limit_configs').raw().all()
    }
    expect(rules(true)).toEqual([['api:/unsubscribe', 'qps', 100, 1, 1]])
    expect(rules(false)).toEqual([])
  })

  it('refuses a database from the future and leaves it as it is', async () => {
    const folder = temporaryFolder()
    const db = open(folder, 'write')
    db.pragma('user_version = 999')
    const refusal =
      /expected the data folder to have schema version \d+ or lower, got 999: it was written by a newer Signalbox/
    expect(() => migrate(db)).toThrow(refusal)
    const options = { defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined }
    await expect(embedded({ folder }).open(options)).rejects.toThrow(refusal)
    expect([versionOf(db), db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()]).toEqual([999, 0])
    holdFolder(folder).release()
  })
})

describe('a data folder', () => {
  it('is held by one at a time, and free again once it is let go', () => {
    const folder = join(temporaryFolder(), 'made', 'when', 'missing')
    const hold = holdFolder(folder)
    expect(() => holdFolder(folder)).toThrow(`expected the data folder ${folder} to be free`)
    hold.release()
    hold.release()
    holdFolder(folder).release()
  })

  it.skipIf(process.platform === 'win32')('is its owner’s alone where it is made anew', () => {
    const folder = join(temporaryFolder(), 'made')
    holdFolder(folder).release()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('is let go, with its threads, when opening fails halfway', async () => {
    const folder = temporaryFolder()
    const onCommitUnknown = () => undefined
    const [first] = SETTINGS_DEFAULTS.system
    const broken = {
      ...SETTINGS_DEFAULTS,
      system: [{ ...first, value: {} }] as unknown as typeof SETTINGS_DEFAULTS.system,
    }
    await expect(embedded({ folder }).open({ defaults: broken, onCommitUnknown })).rejects.toThrow(/bind/)
    expect(runningThreads()).toBe(0)
    const store = await embedded({ folder }).open({ defaults: SETTINGS_DEFAULTS, onCommitUnknown })
    await store.close()
    expect(runningThreads()).toBe(0)
  })
})
