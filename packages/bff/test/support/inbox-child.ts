/** A server that is made to be killed: folder and port as arguments, its address as the one line that it prints. */
import { adapters } from '@signalbox/channels'
import { givenKey } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { startServer } from '../../src/server.ts'

const [folder, port] = process.argv.slice(2)
if (!folder || !port) throw new Error('expected a folder and a port as arguments')
const { url } = await startServer({
  engine: {
    driver: embedded({ folder }),
    adapters: adapters(),
    keys: givenKey(Buffer.alloc(32, 7).toString('base64'), 'a test'),
  },
  port: Number(port),
  // What was being sent when the process died is asked after as soon as may be.
  prepare: (engine) => engine.settings.set('lookup.first_ms', '1000'),
})
process.stdout.write(`${url}\n`)
