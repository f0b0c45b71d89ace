/**
 * A process that is made to be killed: accepts messages one after the other and prints each id once it is acknowledged;
 * its provider answers the first few calls and holds the rest.
 */
import { createEngine } from '../../src/index.ts'
import { ACCEPTED, createProvider } from './provider.ts'
import { driverAt } from './stores.ts'

const place = process.argv[2]
if (!place) throw new Error('expected a store as the first argument')
const provider = createProvider()
const answered = 10
provider.hold()
const engine = await createEngine({ driver: driverAt(place), adapters: [provider.adapter] })
await engine.services.create({
  name: 'sms',
  channel: 'sms',
  adapter: 'test.provider',
  settings: {},
  priority: 10,
  enabled: true,
})
const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
await engine.start()
void provider.called(answered).then(() => {
  for (const call of provider.calls.slice(0, answered)) call.answer(ACCEPTED)
})
for (let i = 0; ; i++) {
  const { id } = await engine.messages.accept({ templateId: template.id, recipient: `r${i}`, variables: { name: 'x' } })
  process.stdout.write(`${id}\n`)
}
