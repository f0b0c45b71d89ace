import Database from 'better-sqlite3'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openEngine } from '../../../test/support/engine.ts'

describe('the mark from which a restart looks for what waited in memory alone', () => {
  it('does not fall back behind what ended long ago when an engine takes nothing', async () => {
    const bench = await openEngine()
    const { place, clock, provider, templateId } = bench
    const { id } = await bench.engine.messages.accept({ templateId, recipient: '1', variables: { name: 'Ada' } })
    await provider.called(1)
    const engine = await bench.reopen()
    await engine.start()
    clock.advance(10_000)
    await engine.stop()
    const db = new Database(join(place, 'signalbox.db'), { readonly: true })
    expect(db.prepare('SELECT id FROM resident_mark').pluck().get()).toBeGreaterThan(id)
    db.close()
  })
})
