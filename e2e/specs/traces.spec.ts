import type { SendReply } from '@signalbox/contracts'
import type { Api } from '../fixtures/api.ts'
import { expect, test } from '../fixtures/test.ts'

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
  await expect(traces.facts).toContainText('Login code version 1')
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
  await expect(traces.box).toHaveAccessibleDescription(/“<script>alert\(1\)<\/script>” is neither a trace id/)

  for (const id of ABSENT) {
    await traces.lookUp(id)
    await expect(traces.problem).toContainText(`No message ${id}`)
  }
})

test('a garbled address says what an id looks like', async ({ traces }) => {
  await traces.open('no%2Fsuch%20id')
  await expect(traces.box).toHaveAccessibleDescription(/neither a trace id/)
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
