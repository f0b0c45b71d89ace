import { openDevice } from '../fixtures/device.ts'
import { expect, test } from '../fixtures/test.ts'

test('an in-app message is seen to be delivered to a device, and read there, while its trace is open', async ({
  api,
  server,
  traces,
}) => {
  await api.createService({ channel: 'app', adapter: 'app.inbox' })
  const template = await api.createTemplate({ channel: 'app', content: 'Your parcel {{number}} is here' })
  const message = { template_id: template.id, recipient: 'user-10042', variables: { number: '4711' } }
  const { trace_id: traceId } = await api.send(message)

  await traces.open(traceId)
  await expect(traces.state('sent')).toBeVisible()
  await expect(traces.lane('Callback')).toHaveText([/Callback pending/])

  const phone = await openDevice(server.url, await api.inboxToken('user-10042'), 'phone-1')
  await expect(traces.state('delivered')).toBeVisible()
  await expect(traces.lane('Callback')).toHaveText([/delivered · phone-1/])
  expect(phone.shown).toEqual(['Your parcel 4711 is here'])

  phone.read(1)
  await expect(traces.state('read')).toBeVisible()
  await expect(traces.lane('Callback')).toHaveText([/delivered · phone-1/, /read · phone-1/])
  phone.close()
})
