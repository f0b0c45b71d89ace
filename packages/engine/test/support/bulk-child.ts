/**
 * A process that is made to be killed: its messages have failed, it puts them all back at once, and they fail again at
 * once. It prints `now` when it has come to the moment that it was given, and holds still there.
 */
import { createEngine } from '../../src/index.ts'
import { createProvider, REJECTED } from './provider.ts'
import { driverAt } from './stores.ts'

const [place, count, moment] = process.argv.slice(2)
if (!place || !count || !moment) throw new Error('expected a store, a number of messages and a moment')
const total = Number(count)
const provider = createProvider()
provider.answerWith(REJECTED)
const engine = await createEngine({ driver: driverAt(place), adapters: [provider.adapter] })
await engine.services.create({
  ...{ name: 'sms', channel: 'sms', adapter: 'test.provider', settings: {}, priority: 10, enabled: true },
})
const template = await engine.templates.create({ name: 'hello', channel: 'sms', content: 'Hello {{name}}' })
await engine.start()
let failed = 0
const allFailed = new Promise<void>((resolve) => {
  engine.events.on('message:failed', () => ++failed === total && resolve())
})
await engine.messages.acceptBatch({
  templateId: template.id,
  recipients: Array.from({ length: total }, (_, i) => `138${String(i).padStart(8, '0')}`),
  variablesList: Array.from({ length: total }, () => ({ name: 'Ada' })),
})
await allFailed

/** Nothing more happens here: the one who waits for this line kills it. */
function hold(): void {
  process.stdout.write('now\n')
  const forever = new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(forever, 0, 0)
}

let failedAgain = 0
engine.events.on('message:failed', () => {
  if (moment === `failed ${++failedAgain}`) hold()
})
let moved = 0
let steps = 0
engine.events.on('message:changed', ({ state }) => {
  if (state === 'queued' && moment === `moved ${++moved}`) hold()
})
engine.events.on('bulk:changed', ({ state, moved: done }) => {
  if (done === 0 && moment === 'begun') hold()
  // The next step goes to the store in this turn: it is killed on its way there, or on its way back.
  if (state === 'running' && done > 0 && moment === `step ${++steps + 1}`) setImmediate(() => setImmediate(hold))
})
await engine.bulk.start({
  ...{ action: 'retry', filter: {}, note: 'provider is back', by: 'Ada' },
  ...(await engine.bulk.preview('retry', {})),
})
