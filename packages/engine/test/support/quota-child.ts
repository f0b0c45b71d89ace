/**
 * A process that is made to be killed while it uses up the quota of an account: its provider writes down each call in a file before
 * it answers. Prints `used <n>` when it is done: nothing more may be sent today. With a name it is one of several nodes.
 */
import { openSync, writeSync } from 'node:fs'
import { createEngine } from '../../src/index.ts'
import { ACCEPTED, createProvider, REJECTED } from './provider.ts'
import { serviceWithQuota } from './quota-service.ts'
import { driverAt, nodeDriverAt } from './stores.ts'

const [place, file, quota, name] = process.argv.slice(2)
if (!place || !file || !quota) throw new Error('expected a store, a file and a quota as arguments')
const log = openSync(file, 'a')
const provider = createProvider()
// One in ten is certain not to have been sent: its place goes to another.
provider.answerWith(({ recordId, to }) => {
  const refused = to.endsWith('7')
  writeSync(log, `${refused ? 'refused' : 'taken'} ${recordId}\n`)
  return refused ? REJECTED : ACCEPTED
})
const engine = await createEngine({
  ...(name ? { driver: nodeDriverAt(place), node: { name } } : { driver: driverAt(place) }),
  adapters: [provider.adapter],
})
const service = engine.services.list()[0] ?? (await engine.services.create(serviceWithQuota(Number(quota))))
const [known] = await engine.templates.list()
const template = known ?? (await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' }))
let waiting = (await engine.stats.conservation()).byState.queued
await engine.start()
for (let i = 0; waiting < Number(quota) * 3; i++, waiting++) {
  await engine.messages.accept({ templateId: template.id, recipient: `${name ?? ''}r${i}`, variables: { name: 'x' } })
}
for (;;) {
  const { quota: left, inFlight } = engine.services.health(service.id)
  if (left?.left === 0 && inFlight === 0) break
  await new Promise<void>((resolve) => setImmediate(resolve))
}
process.stdout.write(`used ${engine.services.health(service.id).quota?.used}\n`)
await engine.stop()
