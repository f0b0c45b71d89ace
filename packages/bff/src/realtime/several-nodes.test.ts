/** Whole servers on one store: one that takes messages and serves screens and devices, one that sends. */
import { adapters } from '@signalbox/channels'
import { clusterSchema, monitorSnapshotSchema, type NodeRole } from '@signalbox/contracts'
import { givenKey } from '@signalbox/engine'
import { distributed } from '@signalbox/engine/distributed'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryStore } from '../../../engine/test/support/engine.ts'
import { testDatabaseUrl } from '../../../engine/test/support/postgres-server.ts'
import { faultProxy, RABBITMQ, REDIS, testUrl } from '../../../engine/test/support/services/index.ts'
import { entered, openDevice } from '../../test/support/device.ts'
import { openServer, type TestServer } from '../../test/support/server.ts'
import { ask, connected, heard, openViewer } from '../../test/support/viewer.ts'

const MASTER_KEY = givenKey(Buffer.alloc(32, 7).toString('base64'), 'MASTER_KEY')

/** Redis is reached over a network that can be broken. */
async function cluster() {
  const schema = temporaryStore()
  const network = await faultProxy(testUrl(REDIS))
  onTestFinished(() => network.close())
  const urls = { databaseUrl: testDatabaseUrl(), amqpUrl: testUrl(RABBITMQ), redisUrl: network.url }
  return {
    network,
    async join(name: string, role: NodeRole): Promise<TestServer> {
      const driver = distributed({ ...urls, schema })
      const node = await openServer({
        server: { engine: { driver, adapters: adapters(), keys: MASTER_KEY, node: { name, role } } },
      })
      await node.engine.settings.set('monitor.tick_ms', '200')
      return node
    },
  }
}

async function two() {
  const { network, join } = await cluster()
  const front = await join('front', 'api')
  const box = await join('box', 'worker')
  return { network, front, box, join }
}

async function viewer(server: TestServer, ...rooms: string[]) {
  const socket = openViewer(server.url)
  await connected(socket)
  for (const room of rooms) expect(await ask(socket, 'join', room)).toMatchObject({ ok: true })
  return socket
}

const send = async (server: TestServer, template_id: number, recipient = '+8613800138000'): Promise<number> => {
  const body = { template_id, recipient, variables: { code: '1' } }
  const reply = await server.post('/api/messages/send', body)
  expect(reply.status).toBe(202)
  return reply.body.data.record_id
}

describe('the wall of several nodes', { timeout: 30_000 }, () => {
  it('shows all of them, and what moves at one on the feed of another', async () => {
    const { front, box } = await two()
    const template = await front.template()
    const screen = await viewer(front, 'stats', 'feed')
    const all = heard(screen, 'tick', ({ stats }) => stats.nodes?.filter(({ load }) => load !== null).length === 2)
    expect((await all).stats.nodes).toMatchObject([
      { name: 'front', role: 'api', state: 'ok', self: true, load: { workers: null } },
      { name: 'box', role: 'worker', state: 'ok', self: false, load: { workers: { size: 20 } } },
    ])
    const counted = heard(screen, 'tick', ({ stats }) => (stats.rates?.ended ?? 0) > 0)
    const moved = heard(screen, 'feed', ({ rows }) => rows.some(({ status }) => status === 'sent'))
    const id = await send(front, template)
    expect((await moved).rows.find(({ status }) => status === 'sent')).toMatchObject({ record_id: id })
    // Taken at one, sent by the other: both count.
    expect((await counted).stats.rates).toMatchObject({ failed: 0 })
    const { body } = await box.call('/api/monitor/snapshot')
    expect(monitorSnapshotSchema.parse(body.data).feed[0]).toMatchObject({ record_id: id, status: 'sent' })
    const told = async () => clusterSchema.parse((await box.call('/api/system/nodes')).body.data)
    await expect.poll(async () => (await told()).nodes.filter(({ leads }) => leads).length, { timeout: 10_000 }).toBe(1)
    expect((await told()).links.map(({ name, up }) => [name, up])).toEqual([
      ['PostgreSQL', true],
      ['RabbitMQ', true],
      ['Redis', true],
    ])
    const { text } = await front.call('/metrics')
    expect(text).toContain('signalbox_node_info{node="front",role="api"')
  })

  it('tells who has a message open, or in a list, that it moved elsewhere', async () => {
    const { front, box } = await two()
    const template = await front.template()
    const screen = await viewer(front)
    const body = { template_id: template, recipient: '+8613800138000', variables: { code: '1' }, delay_ms: 3_600_000 }
    const id: number = (await front.post('/api/messages/send', body)).body.data.record_id
    await ask(screen, 'watch', id)
    await ask(screen, 'follow_list', { filter: {}, ids: [id], after: id })
    const told = heard(screen, 'trace')
    const changed = heard(screen, 'list', ({ rows }) => rows.some(({ status }) => status === 'cancelled'))
    expect((await box.post(`/api/messages/${id}/cancel`, {})).status).toBe(200)
    expect(await told).toEqual({ record_id: id })
    await changed
    // A new one, which is sent by the other node.
    const counted = heard(screen, 'list', ({ fresh }) => fresh === 1)
    await send(front, template)
    await counted
  })
})

describe('devices at one node and what comes through another', { timeout: 60_000 }, () => {
  async function inboxes() {
    const nodes = await two()
    const { front } = nodes
    await front.engine.services.create({
      ...{ name: 'inbox', channel: 'app', adapter: 'app.inbox', priority: 10, enabled: true, settings: {} },
    })
    const template = await front.template({ channel: 'app', subject: 'News', content: 'News: {{code}}' })
    const device = async (server: TestServer, name: string) => {
      const { token } = (await front.post('/api/inbox/tokens', { user: 'ann' })).body.data
      const opened = openDevice(server.url, { token, device: name })
      await entered(opened)
      return opened
    }
    return { ...nodes, template, device }
  }

  // Sooner than the look twice a minute, which would find it too.
  it('are shown it at once, and what the user has read at the other', { timeout: 20_000 }, async () => {
    const { front, box, template, device } = await inboxes()
    const [phone, tablet] = [await device(front, 'phone'), await device(box, 'tablet')]
    await send(front, template, 'ann')
    await Promise.all([phone, tablet].map((each) => each.until(({ shown }) => shown.length === 1)))
    await tablet.say('read', { seqs: [1] })
    await phone.until(({ reads }) => reads.length === 1)
    expect([phone.reads, tablet.reads]).toEqual([[[1]], []])
    await expect
      .poll(async () => (await front.call('/api/system/health')).body.data.inbox, { timeout: 10_000 })
      .toEqual({ users: 2, devices: 2 })
  })

  it('are shown it a little later while Redis is away, once, and the wall says that it is', async () => {
    const { network, front, template, device } = await inboxes()
    const phone = await device(front, 'phone')
    const screen = await viewer(front, 'stats')
    await send(front, template, 'ann')
    await phone.until(({ shown }) => shown.length === 1)
    const away = heard(screen, 'tick', ({ stats }) => stats.links?.some(({ up }) => !up) === true)
    await network.breakIt('refuse')
    expect((await away).stats.links?.find(({ up }) => !up)).toMatchObject({ name: 'Redis', up: false })
    await expect
      .poll(async () => (await front.call('/api/system/health')).body.data, { timeout: 10_000 })
      .toMatchObject({
        ...{ status: 'degraded', nodes: { total: 2, silent: 0 } },
        links: [{ name: 'PostgreSQL', up: true }, { name: 'RabbitMQ', up: true }, { name: 'Redis' }],
      })
    for (let i = 0; i < 3; i++) await send(front, template, 'ann')
    await phone.until(({ shown }) => shown.length === 4)
    const back = heard(screen, 'tick', ({ stats }) => stats.links?.every(({ up }) => up) === true)
    await network.mend()
    await back
    await send(front, template, 'ann')
    await phone.until(({ shown }) => shown.length === 5)
    expect(phone.shown.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(phone.gaps).toEqual([])
  })
})
