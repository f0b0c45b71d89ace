/** Devices, a server that is killed (-9) and connections that drop: no message is missed and none is shown twice. */
import { seededRandom } from '@signalbox/channels'
import { expect, it } from 'vitest'
import { entered, openDevice, type DeviceOptions, type TestDevice } from '../test/support/device.ts'
import { call, type TestReply } from '../test/support/http.ts'
import { startKillable } from '../test/support/killable.ts'

/** The same seed, the same run; `SEED=` repeats one. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))
/** `F13=full` runs it in the size of the fault catalogue, which takes some minutes. */
const SIZE =
  process.env['F13'] === 'full'
    ? { messages: 10_000, users: 67, kills: 20, dropShare: 0.01, waitMs: 400_000 }
    : { messages: 1_000, users: 7, kills: 2, dropShare: 0.03, waitMs: 60_000 }
const RECONNECTING = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 }

async function open(settings: object = {}) {
  const server = await startKillable()
  const post = (path: string, body: unknown) => call(server.url, path, { method: 'POST', body })
  const service = { name: 'inbox', channel: 'app', adapter: 'app.inbox', settings }
  expect((await post('/api/services', service)).status).toBe(201)
  const template = { name: 'News', channel: 'app', content: '{{text}}' }
  const { id: templateId } = (await post('/api/messages/templates', template)).body.data as { id: number }
  return {
    ...server,
    stateOf: async (id: number) => (await call(server.url, `/api/messages/${id}`)).body.data?.status as string,
    /** Sends until it is acknowledged, as the documentation asks of every client: with an idempotency key. */
    async tell(user: string, text: string): Promise<number> {
      const body = { template_id: templateId, recipient: user, variables: { text }, idempotency_key: text }
      for (;;) {
        const reply: TestReply | null = await post('/api/messages/send', body).catch(() => null)
        if (reply?.status === 202) return reply.body.data.record_id as number
        if (reply && ![409, 429, 503].includes(reply.status)) throw new Error(reply.text)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    async device(user: string, options: Partial<DeviceOptions> = {}): Promise<TestDevice> {
      const { token } = (await post('/api/inbox/tokens', { user })).body.data as { token: string }
      return openDevice(server.url, { token, socket: RECONNECTING, ...options })
    },
  }
}

it('a message that a device was given before the server died is shown once, and delivered after all', async () => {
  const server = await open()
  const [silent, away] = [await server.device('ann', { acknowledges: false }), await server.device('ann')]
  await Promise.all([silent, away].map(entered))
  away.socket.disconnect()
  const id = await server.tell('ann', 'before')
  await silent.until(({ shown }) => shown.length === 1)

  await server.killAndRestart()
  await silent.until(({ hellos }) => hellos.length === 2)
  await expect.poll(() => server.stateOf(id), { timeout: 20_000 }).toBe('delivered')
  await server.tell('ann', 'after')
  await silent.until(({ last }) => last === 2)
  away.socket.connect()
  await away.until(({ last }) => last === 2)
  for (const { shown, gaps } of [silent, away]) {
    expect([shown.map(({ text }) => text), gaps]).toEqual([['before', 'after'], []])
  }
}, 60_000)

it(`${SIZE.messages} messages over drops and ${SIZE.kills} kills: 0 gaps, 0 shown twice (SEED=${SEED})`, async () => {
  const killEvery = Math.floor(SIZE.messages / (SIZE.kills + 1))
  const random = seededRandom(SEED)
  const pick = (below: number) => Math.floor(random() * below)
  const server = await open({ keep_messages: 1_000 })

  // Three tabs each, the last user two: 20 devices, or 200.
  const users = Array.from({ length: SIZE.users }, (_, i) => `user-${i}`)
  const tabs = users.flatMap((user) => [user, user, user]).slice(0, -1)
  const devices = await Promise.all(tabs.map(async (user) => ({ user, device: await server.device(user) })))
  await Promise.all(devices.map(({ device }) => entered(device)))

  // Now and then what a device is given makes the connection of another drop.
  let dropped = 0
  for (const { device } of devices) {
    device.socket.on('entries', () => {
      if (random() >= SIZE.dropShare) return
      const other = devices[pick(devices.length)]?.device.socket
      if (!other?.connected) return
      dropped += 1
      other.io.engine.close()
    })
  }

  const sent = new Map<string, number[]>(users.map((user) => [user, []]))
  let next = 0
  let acknowledged = 0
  let restart: Promise<void> = Promise.resolve()
  async function sendOn(): Promise<void> {
    for (let i = next++; i < SIZE.messages; i = next++) {
      const user = users[pick(users.length)] as string
      sent.get(user)?.push(await server.tell(user, `message-${i}`))
      acknowledged += 1
      if (acknowledged % killEvery === 0 && acknowledged <= killEvery * SIZE.kills) {
        restart = restart.then(() => server.killAndRestart())
      }
    }
  }
  await Promise.all(Array.from({ length: 10 }, sendOn))
  await restart

  // What had no place yet when the server died is looked up, and sent again.
  const states = new Map<number, string>()
  async function undelivered(): Promise<string[]> {
    for (const id of [...sent.values()].flat()) {
      if (states.get(id) !== 'delivered') states.set(id, await server.stateOf(id))
    }
    return [...states.values()].filter((state) => state !== 'delivered')
  }
  await expect.poll(undelivered, { timeout: SIZE.waitMs, interval: 500 }).toEqual([])

  for (const user of users) {
    const own = devices.filter((each) => each.user === user).map(({ device }) => device)
    const last_seq = await lastSeqOf(await server.device(user))
    await Promise.all(own.map((device) => device.until(({ last }) => last === last_seq)))
    const expected = Array.from({ length: last_seq }, (_, i) => i + 1)
    const ids = (sent.get(user) ?? []).toSorted((a, b) => a - b)
    for (const { shown, gaps } of own) {
      expect(shown.map(({ seq }) => seq)).toEqual(expected)
      expect(gaps).toEqual([])
      expect(shown.map(({ record_id }) => record_id).toSorted((a, b) => a - b)).toEqual(ids)
    }
  }
  expect(states.size).toBe(SIZE.messages)
  expect(dropped).toBeGreaterThan(20)
}, 900_000)

async function lastSeqOf(device: TestDevice): Promise<number> {
  await entered(device)
  return device.hellos[0]?.last_seq ?? 0
}
