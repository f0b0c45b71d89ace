import { openOurEngine } from '../../our-engine.ts'
import { removeFolder, temporaryFolder } from '../../temporary-folder.ts'
import type { Contender } from '../contender.ts'
import { ourAdapter } from '../../our-adapter.ts'
import { recipient } from '../../payload.ts'

const CONCURRENCY = 100

/** Embedded, with all that it does by default: template, trace, statistics, claim on disk before the adapter is called. */
export const signalbox: Contender = {
  name: 'Signalbox',
  durable: 'yes',
  needs: null,
  packages: ['better-sqlite3'],
  deep: true,
  async open() {
    const folder = temporaryFolder()
    let handle: () => void = () => undefined
    let sent = 0
    const { engine, templateId } = await openOurEngine(
      folder,
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
        removeFolder(folder)
      },
    }
  },
}
