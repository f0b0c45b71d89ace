/**
 * A node that is made to be stopped: its provider writes down each call in a file before it answers. Prints `sending` when it
 * works, `ended` when others have ended it, and leaves when it is told to.
 */
import { openSync, writeSync } from 'node:fs'
import { createEngine, systemClock } from '../../src/index.ts'
import { ACCEPTED, createProvider } from './provider.ts'
import { driverAt } from './stores.ts'

const [place, name, role, file, answersAfterMs] = process.argv.slice(2)
if (!place || !name || !file || (role !== 'api' && role !== 'worker' && role !== 'all')) {
  throw new Error('expected a store, a name, a role and a file as arguments')
}
const log = openSync(file, 'a')
const provider = createProvider()
provider.hold()
const { adapter } = provider
const logged: typeof adapter = {
  ...adapter,
  async send(delivery) {
    writeSync(log, `${delivery.recordId}\n`)
    const { promise, resolve } = Promise.withResolvers<void>()
    systemClock.after(Number(answersAfterMs), resolve)
    await promise
    return [ACCEPTED]
  },
}
const engine = await createEngine({ driver: driverAt(place), adapters: [logged], node: { name, role } })
engine.events.on('engine:error', () => {
  if (engine.problem !== null) process.stdout.write(`ended ${engine.status} ${engine.problem}\n`)
})
process.on('SIGTERM', () => {
  void engine.stop().then(() => process.exit(0))
})
await engine.start()
process.stdout.write('sending\n')
