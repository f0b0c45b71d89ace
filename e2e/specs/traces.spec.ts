import type { SendReply } from '@signalbox/contracts'
import type { Api } from '../fixtures/api.ts'
import { expect, test } from '../fixtures/test.ts'
import { smsTemplate } from '../fixtures/traffic.ts'

/** A well-formed trace id and record id that no message has. */
const ABSENT = ['msg_00000000001', '1']

async function sendOne(api: Api, options: { delay_ms?: number } = {}): Promise<SendReply> {
  const template = await api.createTemplate({ channel: 'sms', name: 'Login code', content: 'Your code is {{code}}' })
  return api.send({ template_id: template.id, recipient: '+8613800138000', variables: { code: '1234' }, ...options })
}

test('a trace is found by its trace id and by its record id, under one address each', async ({ page, api, traces }) => {
  const { record_id: recordId, trace_id: traceId } = await sendOne(api)
  await traces.open()
  await traces.lookUp(traceId)
  await expect(traces.heading(traceId)).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId}$`))

  await traces.lookUp(recordId)
  await expect(traces.heading(traceId)).toBeVisible()
  await expect(traces.facts).toContainText(String(recordId))
  await expect(traces.facts.getByRole('link', { name: 'v1' })).toHaveAttribute('href', /\/templates\/\d+\?version=1$/)
})

test('the four lanes of a message that was sent show one finished step each', async ({ api, traces }) => {
  const { trace_id: traceId } = await sendOne(api)
  await traces.open(traceId)
  await expect(traces.state('sent')).toBeVisible()
  for (const lane of ['Queue', 'Process', 'Send'] as const) {
    await expect(traces.lane(lane)).toHaveText([/succeeded/])
  }
  await expect(traces.steps).toContainText('No receipt will come: sent is as far as this goes')
})

test('text that is no id is told apart from an id that no message has', async ({ traces, watch }) => {
  watch.allow(/status of 404/)
  await traces.open()
  await traces.lookUp('<script>alert(1)</script>')
  await expect(traces.problem).toContainText('Nothing is known by “<script>alert(1)</script>”')

  for (const id of ABSENT) {
    await traces.lookUp(id)
    await expect(traces.problem).toContainText(`No message ${id}`)
  }
})

test('a garbled address says that nothing is known by it', async ({ traces }) => {
  await traces.open('no%2Fsuch%20id')
  await expect(traces.problem).toContainText('Nothing is known by')
})

test('one box takes an idempotency key and a recipient as it is written', async ({ api, page, traces, watch }) => {
  watch.allow(/status of 404/)
  const template = await smsTemplate(api)
  const message = { template_id: template.id, recipient: '+8613800138000', variables: { code: '1' } }
  const { trace_id: first } = await api.send({ ...message, idempotency_key: 'order-4711' })
  await traces.open()
  await traces.lookUp('order-4711')
  await expect(page).toHaveURL(new RegExp(`/traces/${first}$`))

  await traces.open()
  await traces.lookUp('138 0013 8000')
  await expect(page).toHaveURL(new RegExp(`/traces/${first}$`))

  await api.send(message)
  await traces.open()
  await traces.lookUp('13800138000')
  await expect(page.getByRole('region', { name: 'Messages to +8613800138000' }).getByRole('row')).toHaveCount(3)
})

test('the trace of a delayed message says why it waits and follows it until it is sent', async ({ api, traces }) => {
  const { trace_id: traceId } = await sendOne(api, { delay_ms: 4000 })
  await traces.open(traceId)
  await expect(traces.state('scheduled')).toBeVisible()
  await expect(traces.live).toBeVisible()
  await expect(traces.waiting).toContainText('It was asked to wait')

  await expect(traces.state('sent')).toBeVisible()
  await expect(traces.waiting).toBeHidden()
  await expect(traces.lane('Send')).toHaveText([/succeeded/])
})

test('the trace of a message on a paused channel says so with its rank, and it leaves when the channel is resumed', async ({
  api,
  traces,
}) => {
  await api.pause('sms')
  const before = await sendOne(api)
  const { trace_id: traceId } = await sendOne(api)
  await traces.open(traceId)
  await expect(traces.waiting).toContainText('The channel is paused')
  await expect(traces.waiting).toContainText('1 leaves before it: 1 before it in its flow')
  await expect(traces.rank).toHaveText('2')
  expect(await api.stateOf(before.trace_id)).toBe('queued')

  await api.resume('sms')
  await expect(traces.state('sent')).toBeVisible()
  await expect(traces.waiting).toBeHidden()
  expect(await api.stateOf(before.trace_id)).toBe('sent')
})

test('a failure shows its reason and code above the steps', async ({ api, page, traces }) => {
  await api.createService({ channel: 'sms', adapter: 'sandbox', priority: 50, settings: { error_rate: 1, seed: 1 } })
  const { trace_id: traceId } = await sendOne(api)
  await traces.open(traceId)
  const problem = page
    .getByRole('article')
    .getByRole('status')
    .filter({ hasText: /failed/i })
    .first()
  await expect(problem).toContainText('Code')
  await expect(traces.lane('Send').first()).toHaveText(/failed/)
})

test('a recent message leads to its trace', async ({ api, page, traces }) => {
  const { trace_id: traceId } = await sendOne(api)
  await traces.open()
  await expect(traces.recent).toContainText('+86138****8000')
  await traces.recent.getByRole('link', { name: `Open the trace of message ${traceId}` }).click()
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId}$`))
  await expect(traces.heading(traceId)).toBeVisible()
})
