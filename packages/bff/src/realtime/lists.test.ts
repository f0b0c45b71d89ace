import { listChangeSchema, NEW_AT_MOST, type FollowList, type ListChange } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'
import { ask, connected, heard, openViewer } from '../../test/support/viewer.ts'

const LATER = 3_600_000
let sent = 0

async function send(server: TestServer, change: object = {}): Promise<number> {
  const [template] = await server.engine.templates.list()
  const recipient = `+86138${String(++sent).padStart(8, '0')}`
  const body = { template_id: template?.id, recipient, variables: { code: '1' }, delay_ms: LATER, ...change }
  return (await server.post('/api/messages/send', body)).body.data.record_id
}

async function open() {
  const server = await openServer()
  await server.template()
  const viewer = openViewer(server.url)
  await connected(viewer)
  return { server, viewer }
}

const told = async (viewer: ReturnType<typeof openViewer>, fits: (change: ListChange) => boolean = () => true) =>
  listChangeSchema.parse(await heard(viewer, 'list', fits))

/** Follows, and waits until it was told how its rows stand. */
async function follow(viewer: ReturnType<typeof openViewer>, list: FollowList): Promise<void> {
  const now = list.ids.length > 0 ? told(viewer) : null
  expect(await ask(viewer, 'follow_list', list)).toMatchObject({ ok: true })
  await now
}

describe('a list that somebody reads', { timeout: 20_000 }, () => {
  it('hears how its rows moved, which the filter would not find any more, and of no others', async () => {
    const { server, viewer } = await open()
    const [first, second, other] = [await send(server), await send(server), await send(server)]
    await follow(viewer, { filter: { status: 'scheduled' }, ids: [first, second], after: null })
    const change = told(viewer)
    await server.post(`/api/messages/${other}/cancel`, {})
    await server.post(`/api/messages/${first}/cancel`, {})
    expect(await change).toMatchObject({ rows: [{ record_id: first, status: 'cancelled' }], gone: [first], fresh: 0 })
  })

  it('hears how many came since that fit, and still do', async () => {
    const { server, viewer } = await open()
    const shown = await send(server)
    const filter = { status: 'scheduled', channel: 'sms' } as const
    await follow(viewer, { filter, ids: [shown], after: shown })
    const one = told(viewer, ({ fresh }) => fresh === 1)
    const id = await send(server)
    expect(await one).toEqual({ rows: [], gone: [], fresh: 1, more: false })
    const none = told(viewer, ({ fresh }) => fresh === 0)
    await server.post(`/api/messages/${id}/cancel`, {})
    expect(await none).toEqual({ rows: [], gone: [], fresh: 0, more: false })
  })

  it('is found by its recipient in any spelling', async () => {
    const { server, viewer } = await open()
    const shown = await send(server, { recipient: '+8613800138000' })
    await follow(viewer, { filter: { recipient: '+86 138 0013 8000' }, ids: [shown], after: shown })
    const one = told(viewer)
    await send(server, { recipient: '+8613800138000' })
    expect(await one).toMatchObject({ fresh: 1 })
  })

  it('is followed as it stands last, and no more once it is let go', async () => {
    const { server, viewer } = await open()
    const [first, second] = [await send(server), await send(server)]
    await follow(viewer, { ids: [first], after: null })
    await follow(viewer, { ids: [second], after: null })
    const change = told(viewer)
    await server.post(`/api/messages/${first}/cancel`, {})
    await server.post(`/api/messages/${second}/cancel`, {})
    expect((await change).rows.map((row) => row.record_id)).toEqual([second])
    await new Promise<void>((resolve) => viewer.emit('unfollow_list', () => resolve()))
    viewer.on('list', () => expect.unreachable('a list that is not followed'))
    const other = openViewer(server.url)
    await connected(other)
    await follow(other, { ids: [], after: 0 })
    const heardByOther = told(other)
    await send(server)
    await heardByOther
  })

  it('counts new ones up to a bound, however many there are', async () => {
    const { server, viewer } = await open()
    await follow(viewer, { ids: [], after: 0 })
    const [template] = await server.engine.templates.list()
    const change = told(viewer, ({ fresh }) => fresh === NEW_AT_MOST)
    const recipients = Array.from({ length: NEW_AT_MOST + 50 }, (_, i) => `+86139${String(i).padStart(8, '0')}`)
    await server.post('/api/messages/send-batch', {
      ...{ template_id: template?.id, recipients, delay_ms: LATER },
      variables_list: recipients.map(() => ({ code: '1' })),
    })
    expect(await change).toMatchObject({ rows: [], fresh: NEW_AT_MOST, more: true })
  })

  it('hears at once what it missed before it was followed, as after a lost connection', async () => {
    const { server, viewer } = await open()
    const [first, second] = [await send(server), await send(server)]
    await server.post(`/api/messages/${first}/cancel`, {})
    await send(server)
    const change = told(viewer)
    await ask(viewer, 'follow_list', { filter: { status: 'scheduled' }, ids: [first, second], after: 0 })
    expect(await change).toMatchObject({ gone: [first], fresh: 1, more: false })
  })

  it('says what is wrong with what was asked', async () => {
    const { viewer } = await open()
    expect(await ask(viewer, 'follow_list', { ids: ['x'], after: null })).toMatchObject({ ok: false })
    const many = Array.from({ length: 201 }, (_, i) => i + 1)
    expect(await ask(viewer, 'follow_list', { ids: many, after: null })).toMatchObject({ ok: false })
    expect(await ask(viewer, 'follow_list', { filter: { status: 'lost' }, ids: [], after: null })).toMatchObject({
      ok: false,
    })
  })

  it('hears of bulk actions as they end', async () => {
    const { server, viewer } = await open()
    await send(server)
    await follow(viewer, { ids: [], after: null })
    const done = heard(viewer, 'bulk', ({ state }) => state === 'done')
    const asked = { action: 'cancel', filter: { channel: 'sms' } }
    const { count, before } = (await server.post('/api/messages/bulk/preview', asked)).body.data
    await server.post('/api/messages/bulk', { ...asked, count, before, by: 'Ada' })
    expect(await done).toMatchObject({ action: 'cancel', moved: 1, total: 1, by: 'Ada', filter: { channel: 'sms' } })
  })
})
