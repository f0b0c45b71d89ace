/** Message → inbox → device → receipt, with the whole server and real sockets. */
import { INBOX_GONE_MS, INBOX_HEARTBEAT_MS, INBOX_LIMITS } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { cut, entered, openDevice, type DeviceOptions, type TestDevice } from '../test/support/device.ts'
import { openServer, type TestServer, type TestServerOptions } from '../test/support/server.ts'
import { connected, openViewer, wireOf } from '../test/support/viewer.ts'

interface Opened extends TestServer {
  /** Sends to a user and gives the record id. */
  tell(user: string, text?: string): Promise<number>
  token(user: string, ttlMs?: number): Promise<string>
  device(user: string, options?: Partial<DeviceOptions>): Promise<TestDevice>
  service: { id: number }
}

async function open(settings: object = {}, options: TestServerOptions = {}): Promise<Opened> {
  const server = await openServer(options)
  const { engine } = server
  const service = await engine.services.create({
    ...{ name: 'inbox', channel: 'app', adapter: 'app.inbox', priority: 10, enabled: true },
    settings: { ...settings },
  })
  const templateId = await server.template({ channel: 'app', subject: 'News', content: '{{text}}' })
  const token = async (user: string, ttlMs?: number): Promise<string> => {
    const body = { user, ...(ttlMs === undefined ? {} : { ttl_ms: ttlMs }) }
    return (await server.post('/api/inbox/tokens', body)).body.data.token
  }
  return {
    ...server,
    service,
    token,
    async tell(user, text = 'hello') {
      const sent = once(engine.events, 'inbox:put', (entry) => entry.user === user && entry.text === text)
      const body = { template_id: templateId, recipient: user, variables: { text } }
      const reply = await server.post('/api/messages/send', body)
      expect(reply.status).toBe(202)
      await sent
      return reply.body.data.record_id
    },
    device: async (user, given = {}) => openDevice(server.url, { token: await token(user), ...given }),
  }
}

/** The message reached this state. */
const reached = (server: Opened, id: number, state: 'sent' | 'delivered' | 'read' | 'failed') =>
  once(server.engine.events, `message:${state}`, (record) => record.id === id)

async function callbacksOf(server: Opened, id: number): Promise<object[]> {
  const { body } = await server.call(`/api/messages/traces/${id}`)
  return body.data.trace_data.nodes
    .filter(({ name }: { name: string }) => name === 'callback')
    .map(({ status, receipt, error_code }: Record<string, unknown>) => ({ status, receipt, error_code }))
}

describe('a message to a device', { timeout: 30_000 }, () => {
  it('is delivered when the device has acknowledged it and read when its user says so, as the trace tells', async () => {
    const server = await open()
    const phone = await server.device('ann', { device: 'phone-1' })
    await entered(phone)
    const delivered = once(server.engine.events, 'message:delivered')
    const id = await server.tell('ann', '<b>1 & 2</b>')
    expect(await delivered).toMatchObject({ id, providerId: 'ann:1' })
    expect(phone.shown).toEqual([
      expect.objectContaining({ seq: 1, record_id: id, title: 'News', text: '<b>1 & 2</b>', read: false }),
    ])
    const read = reached(server, id, 'read')
    expect(await phone.say('read', { seqs: [1] })).toEqual({ ok: true })
    await read
    expect(await callbacksOf(server, id)).toEqual([
      { status: 'succeeded', receipt: { state: 'delivered', detail: 'phone-1' }, error_code: null },
      { status: 'succeeded', receipt: { state: 'read', detail: 'phone-1' }, error_code: null },
    ])
  })

  it('goes to every device of its user and to nobody else; the first to acknowledge it counts', async () => {
    const server = await open()
    const devices = await Promise.all(['a', 'b', 'c'].map((device) => server.device('ann', { device })))
    const other = await server.device('bob')
    await Promise.all([...devices, other].map(entered))
    const id = await server.tell('ann')
    await Promise.all(devices.map((device) => device.until(({ shown }) => shown.length === 1)))
    await expect.poll(async () => (await server.engine.messages.get(id))?.state).toBe('delivered')
    expect(await callbacksOf(server, id)).toHaveLength(1)
    // What is for Bob comes to Bob, and nothing came before.
    await server.tell('bob', 'for Bob')
    await other.until(({ shown }) => shown.length > 0)
    expect(other.shown.map(({ text }) => text)).toEqual(['for Bob'])
  })

  it('waits for a device that is away, and comes in order, once', async () => {
    const server = await open()
    const phone = await server.device('ann')
    await entered(phone)
    await server.tell('ann', '1')
    await phone.until(({ shown }) => shown.length === 1)
    phone.socket.disconnect()
    const ids = [await server.tell('ann', '2'), await server.tell('ann', '3')]
    const states = async () => Promise.all(ids.map(async (id) => (await server.engine.messages.get(id))?.state))
    await expect.poll(states).toEqual(['sent', 'sent'])
    phone.socket.connect()
    await phone.until(({ shown }) => shown.length === 3)
    await expect.poll(states).toEqual(['delivered', 'delivered'])
    expect(phone.shown.map(({ text }) => text)).toEqual(['1', '2', '3'])
  })

  it('tells the other devices what was read, and one that comes later sees it', async () => {
    const server = await open()
    const [phone, tablet] = [await server.device('ann'), await server.device('ann')]
    await Promise.all([phone, tablet].map(entered))
    await server.tell('ann')
    await Promise.all([phone, tablet].map((device) => device.until(({ shown }) => shown.length === 1)))
    await phone.say('read', { seqs: [1] })
    await tablet.until(({ reads }) => reads.length === 1)
    expect([phone.reads, tablet.reads]).toEqual([[], [[1]]])
    await tablet.say('read', { seqs: [1] })
    const laptop = await server.device('ann')
    await laptop.until(({ shown }) => shown.length === 1)
    expect(laptop.shown[0]?.read).toBe(true)
    expect(phone.reads).toEqual([])
  })

  it('comes by the batch, each acknowledged before the next, and by asking', async () => {
    const server = await open({ keep_messages: 200 })
    const count = INBOX_LIMITS.entriesPerBatch + 20
    for (let i = 1; i <= count; i++) await server.tell('ann', `${i}`)
    const phone = await server.device('ann')
    const sizes: number[] = []
    phone.socket.on('entries', ({ entries, more }) => sizes.push(more ? entries.length : -entries.length))
    await phone.until(({ last }) => last === count)
    expect(sizes).toEqual([50, -20])
    expect(phone.shown.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    const pulled = await phone.say('pull', { since: 3, limit: 2 })
    expect(pulled).toMatchObject({ ok: true, since: 3, up_to: 5, more: true, entries: [{ seq: 4 }, { seq: 5 }] })
  })

  it('of 16 KiB each comes in batches that a slow line can take', async () => {
    const server = await open()
    for (let i = 0; i < 30; i++) await server.tell('ann', `${i} ${'信'.repeat(3_990)}`)
    const phone = await server.device('ann')
    const bytes: number[] = []
    phone.socket.on('entries', (batch) => bytes.push(Buffer.byteLength(JSON.stringify(batch))))
    await phone.until(({ last }) => last === 30)
    expect(phone.shown).toHaveLength(30)
    expect(Math.max(...bytes)).toBeLessThan(INBOX_LIMITS.batchBytes + 20_000)
  })

  it('is acknowledged as often and in whatever order one likes, and states only move forward', async () => {
    const server = await open()
    const phone = await server.device('ann', { acknowledges: false })
    await entered(phone)
    const id = await server.tell('ann')
    await phone.until(({ shown }) => shown.length === 1)
    expect(await phone.say('ack', { up_to: 2 })).toMatchObject({ ok: false, message: expect.stringContaining('got 2') })
    const read = reached(server, id, 'read')
    await phone.say('read', { seqs: [1] })
    await read
    for (const up_to of [1, 0, 1]) expect(await phone.say('ack', { up_to })).toEqual({ ok: true })
    // The next one comes: the batch counts as acknowledged.
    const next = await server.tell('ann', 'next')
    await phone.until(({ shown }) => shown.length === 2)
    await phone.say('ack', { up_to: 2 })
    await expect.poll(async () => (await server.engine.messages.get(next))?.state).toBe('delivered')
    expect((await server.engine.messages.get(id))?.state).toBe('read')
  })

  it('has failed when newer ones displaced it before a device came', async () => {
    const server = await open({ keep_messages: 2 })
    const first = await server.tell('ann', '1')
    await server.tell('ann', '2')
    const failed = reached(server, first, 'failed')
    await server.tell('ann', '3')
    expect(await failed).toMatchObject({ errorCode: 'inbox_full' })
    const phone = await server.device('ann')
    await phone.until(({ last }) => last === 3)
    expect(phone.shown.map(({ text }) => text)).toEqual(['2', '3'])
    expect(await callbacksOf(server, first)).toMatchObject([{ status: 'failed', error_code: 'inbox_full' }])
  })

  it('comes from the first on when the device has a seq that was never given here', async () => {
    const server = await open()
    await server.tell('ann', '1')
    const phone = await server.device('ann', { since: 7 })
    await phone.until(({ last }) => last === 1)
    expect(phone.hellos).toMatchObject([{ reset: true, since: 0, last_seq: 1 }])
    expect(phone.shown.map(({ text }) => text)).toEqual(['1'])
  })
})

describe('a device', { timeout: 30_000 }, () => {
  it('is cut when it takes a batch and never says so, and what it had stands for the next', async () => {
    const server = await open({ ack_timeout_ms: 1_000 })
    const phone = await server.device('ann', { acknowledges: false })
    await entered(phone)
    const id = await server.tell('ann')
    expect(await cut(phone)).toBe('transport close')
    expect((await server.engine.messages.get(id))?.state).toBe('sent')
    expect(server.log).toContainEqual(expect.objectContaining({ reason: 'it did not acknowledge' }))
    // Coming back, it says that it has it.
    phone.socket.connect()
    await expect.poll(async () => (await server.engine.messages.get(id))?.state).toBe('delivered')
    expect(phone.shown).toHaveLength(1)
  })

  it('that stops reading costs one batch, and is gone when its acknowledgement does not come', async () => {
    const server = await open({ ack_timeout_ms: 1_000 })
    const phone = await server.device('ann')
    await entered(phone)
    const wire = wireOf(phone.socket)
    wire.pause()
    for (let i = 0; i < 20; i++) await server.tell('ann', `${i} ${'x'.repeat(3_000)}`)
    const devices = async () => (await server.call('/api/system/health')).body.data.inbox.devices
    await expect.poll(devices, { timeout: 10_000 }).toBe(0)
    wire.resume()
    await cut(phone)
    expect(phone.shown.map(({ seq }) => seq)).toEqual([1])
    phone.socket.connect()
    await phone.until(({ last }) => last === 20)
    expect(phone.shown.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('is cut when it asks too much', async () => {
    const server = await open()
    const [flooding, quiet] = [await server.device('ann'), await server.device('ann')]
    await Promise.all([flooding, quiet].map(entered))
    const gone = cut(flooding)
    for (let i = 0; i < 100; i++) flooding.socket.emit('ack', { up_to: 0 }, () => undefined)
    await gone
    await server.tell('ann')
    await quiet.until(({ shown }) => shown.length === 1)
    expect([flooding.socket.connected, quiet.socket.connected]).toEqual([false, true])
  })

  it('is cut when it sends more than 64 kB at once', async () => {
    const server = await open()
    const phone = await server.device('ann')
    await entered(phone)
    const gone = cut(phone)
    phone.socket.emit('ack', { up_to: 0, x: 'x'.repeat(70_000) } as never, () => undefined)
    expect(await gone).toBe('transport close')
  })

  it('hears what was expected when it says something else', async () => {
    const server = await open()
    const phone = await server.device('ann')
    await entered(phone)
    const tooMany = Array.from({ length: 101 }, (_, i) => i + 1)
    for (const [event, payload, message] of [
      ['ack', {}, /^expected up_to to be a number, got nothing/],
      ['ack', { up_to: -1 }, /up_to/],
      ['ack', 'x', /expected/],
      ['read', { seqs: [] }, /seqs/],
      ['read', { seqs: tooMany }, /seqs/],
      ['pull', { since: 0, limit: 51 }, /limit/],
    ] as const) {
      const reply = await phone.say(event, payload)
      expect(reply).toMatchObject({ ok: false, message: expect.stringMatching(message) as string })
    }
  })

  it('is let in with a token of this server that has not expired', async () => {
    const server = await open()
    const token = await server.token('ann')
    const refused = async (auth: Record<string, unknown>) => {
      const device = openDevice(server.url, { token, socket: { auth } })
      const error = (await entered(device).catch((reason: unknown) => reason)) as Error & { data: { error: string } }
      return `${error.data.error}: ${error.message}`
    }
    const [version, payload, signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify(['bob', Date.now() + 60_000])).toString('base64url')
    expect(await refused({})).toMatch(/^invalid: .*token/)
    expect(await refused({ token: 7 })).toMatch(/^invalid: .*token/)
    expect(await refused({ token: 'x' })).toMatch(/^token_invalid: expected a token of POST/)
    expect(await refused({ token: `${version}.${forged}.${signature}` })).toMatch(/^token_invalid/)
    expect(await refused({ token: `${version}.${payload}.` })).toMatch(/^token_invalid/)
    expect(await refused({ token, device: 'a b' })).toMatch(/^invalid: .*device/)
    expect(await refused({ token, since: -1 })).toMatch(/^invalid: .*since/)
    expect(JSON.stringify(server.log)).not.toContain(token)
  })

  it('is cut when its token expires, and refused until it has a new one', async () => {
    const server = await open()
    const token = await server.token('ann', 1_000)
    const phone = openDevice(server.url, { token })
    await entered(phone)
    expect(await cut(phone)).toBe('transport close')
    phone.socket.connect()
    await expect(entered(phone)).rejects.toMatchObject({ data: { error: 'token_expired' } })
  })

  it('is one of at most 20 of a user', async () => {
    const server = await open()
    const token = await server.token('ann')
    const many = Array.from({ length: 30 }, () => openDevice(server.url, { token }))
    const ends = await Promise.allSettled(many.map((device) => Promise.race([entered(device), cut(device)])))
    const devices = many.filter((device, i) => ends[i]?.status === 'fulfilled' && device.hellos.length > 0)
    expect(devices).toHaveLength(20)
    await expect(entered(await server.device('ann'))).rejects.toMatchObject({ data: { error: 'too_many_devices' } })
    await entered(await server.device('bob'))
    expect((await server.call('/api/system/health')).body.data.inbox).toEqual({ users: 2, devices: 21 })
    expect((await server.call('/metrics')).text).toContain('signalbox_inbox_connected{kind="devices"} 21')
    const left = devices.slice(1).map(cut)
    for (const { socket } of devices.slice(1)) socket.disconnect()
    await Promise.all(left)
    const presence = async () => (await server.call('/api/system/health')).body.data.inbox
    await expect.poll(presence).toEqual({ users: 2, devices: 2 })
  })
})

describe('the heartbeat', () => {
  it('is asked for every 30 s, and a device that does not answer is gone after 60 s', async () => {
    const server = await open()
    const { text } = await server.call('/inbox/socket.io/?EIO=4&transport=polling')
    expect(JSON.parse(text.slice(1))).toMatchObject({
      ...{ pingInterval: INBOX_HEARTBEAT_MS, pingTimeout: INBOX_GONE_MS - INBOX_HEARTBEAT_MS, maxPayload: 65_536 },
    })
    expect([INBOX_HEARTBEAT_MS, INBOX_GONE_MS]).toEqual([30_000, 60_000])
  })
})

describe('where devices may come from', { timeout: 30_000 }, () => {
  const APP = 'https://app.example.com'
  const from = (origin: string) => ({ socket: { extraHeaders: { origin } } })

  it('is this origin, and those that are set', async () => {
    const server = await open({}, { server: { inboxOrigins: [APP] } })
    await entered(await server.device('ann', from(APP)))
    await entered(await server.device('ann', from(server.url)))
    await entered(await server.device('ann', { socket: { transports: ['polling'], extraHeaders: { origin: APP } } }))
    await expect(entered(await server.device('ann', from('https://evil.example')))).rejects.toThrow('websocket error')
    await expect(entered(await server.device('ann', from(`${APP}.evil.example`)))).rejects.toThrow('websocket error')
  })

  it('is this origin alone when none are set', async () => {
    const server = await open()
    await expect(entered(await server.device('ann', from(APP)))).rejects.toThrow('websocket error')
  })

  it('never opens what is for operators', async () => {
    const server = await open({}, { server: { inboxOrigins: [APP] } })
    const viewer = { extraHeaders: { origin: APP }, transports: ['websocket'] }
    await expect(connected(openViewer(server.url, viewer))).rejects.toThrow('websocket error')
    await expect(connected(openViewer(server.url, { path: '/inbox/socket.io' }))).rejects.toThrow(/Invalid namespace/)
    await expect(connected(openViewer(server.url, {}, '/inbox'))).rejects.toThrow(/path \/inbox\/socket\.io/)
  })
})

describe('POST /api/inbox/tokens', () => {
  it('gives a token for a user, for an hour unless told otherwise', async () => {
    const server = await open()
    const reply = await server.post('/api/inbox/tokens', { user: '用户_7' })
    expect(reply.status).toBe(201)
    expect(reply.body.data).toMatchObject({ user: '用户_7', token: expect.stringMatching(/^v1\./) as string })
    const left = Date.parse(reply.body.data.expires_at) - Date.now()
    expect(left).toBeGreaterThan(3_500_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
  })

  it.each([
    [{}],
    [{ user: '' }],
    [{ user: 'a b' }],
    [{ user: 'a', ttl_ms: 10 }],
    [{ user: 'a', ttl_ms: 8 * 86_400_000 }],
  ])('refuses %j', async (body) => {
    const server = await open()
    expect(await server.post('/api/inbox/tokens', body)).toMatchObject({ status: 422 })
  })
})
