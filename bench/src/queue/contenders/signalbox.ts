import type { EngineOptions } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { postgres } from '@signalbox/engine/postgres'
import { randomBytes } from 'node:crypto'
import { ourAdapter } from '../../our-adapter.ts'
import { openOurEngineOn } from '../../our-engine.ts'
import { recipient } from '../../payload.ts'
import { removeFolder, temporaryFolder } from '../../temporary-folder.ts'
import type { Contender, Session } from '../contender.ts'

const CONCURRENCY = 100

/** With all that it does by default: template, trace, statistics, claim on disk before the adapter is called. */
async function sessionOn(driver: EngineOptions['driver'], remove: () => void): Promise<Session> {
  let handle: () => void = () => undefined
  let sent = 0
  const { engine, templateId } = await openOurEngineOn(
    driver,
    ourAdapter(() => handle()),
    CONCURRENCY,
  )
  return {
    enqueue: (body, priority) =>
      engine.messages.accept({ templateId, recipient: recipient(sent++), variables: { body }, priority }),
    enqueueBulk: (bodies) =>
      engine.messages.acceptBatch({
        templateId,
        recipients: bodies.map(() => recipient(sent++)),
        variablesList: bodies.map((body) => ({ body })),
      }),
    async process(handler, concurrency) {
      if (concurrency !== CONCURRENCY) throw new Error(`expected a concurrency of ${CONCURRENCY}, got ${concurrency}`)
      handle = handler
      await engine.start()
    },
    async close() {
      await engine.stop()
      remove()
    },
  }
}

export const signalbox: Contender = {
  name: 'Signalbox',
  durable: 'yes',
  needs: null,
  packages: ['better-sqlite3'],
  deep: true,
  open() {
    const folder = temporaryFolder()
    return sessionOn(embedded({ folder }), () => removeFolder(folder))
  },
}

/** In a schema of its own; the database goes when the run is over. */
export const signalboxOnPostgres: Contender = {
  name: 'Signalbox, PostgreSQL',
  durable: 'yes',
  needs: 'postgres',
  packages: ['pg'],
  deep: true,
  open: (url) => sessionOn(postgres({ url, schema: `signalbox_${randomBytes(6).toString('hex')}` }), () => undefined),
}
