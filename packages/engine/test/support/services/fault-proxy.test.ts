import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { confirmFilter } from './amqp-frames.ts'
import { faultProxy, type FaultProxy, type LinkFault } from './fault-proxy.ts'

/** A server that answers each line with the same in capitals, behind a proxy. */
async function shouting(): Promise<{ proxy: FaultProxy; heard: () => string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  let heard = ''
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (text: Buffer) => {
      heard += text.toString()
      socket.write(text.toString().toUpperCase())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const proxy = await faultProxy(`tcp://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
  onTestFinished(async () => {
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { proxy, heard: () => heard, sockets }
}

interface Caller {
  socket: Socket
  got: () => string
  ended: () => string | null
}

async function call(proxy: FaultProxy): Promise<Caller> {
  const socket = connect(proxy.port, '127.0.0.1')
  let got = ''
  let ended: string | null = null
  socket.on('data', (text: Buffer) => (got += text.toString()))
  socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code ?? 'error'))
  socket.on('close', () => (ended ??= 'closed'))
  onTestFinished(() => void socket.destroy())
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined)
  return { socket, got: () => got, ended: () => ended }
}

const comes = (what: () => unknown, expected: unknown) =>
  vi.waitFor(() => expect(what()).toEqual(expected), { timeout: 10_000 })

describe('a network that can be broken', () => {
  it('passes what it is given both ways, and the end', async () => {
    const { proxy, sockets } = await shouting()
    const { socket, got, ended } = await call(proxy)
    socket.write('hello')
    await comes(got, 'HELLO')
    socket.end()
    await comes(ended, 'closed')
    await comes(() => sockets.size, 0)
    expect(proxy.open).toBe(0)
  })

  it('passes more than it holds, whole', async () => {
    const { proxy } = await shouting()
    const { socket, got } = await call(proxy)
    socket.write('a'.repeat(2_000_000))
    await comes(() => got().length, 2_000_000)
    expect(got() === 'A'.repeat(2_000_000)).toBe(true)
  })

  it.each<[LinkFault, string]>([
    ['blackhole', ''],
    ['half-open', 'one two'],
  ])('holds back what passes a %s, and an end, until it is mended', async (fault, reaches) => {
    const { proxy, heard, sockets } = await shouting()
    const { socket, got } = await call(proxy)
    socket.write('one')
    await comes(got, 'ONE')
    await proxy.breakIt(fault)
    socket.write(' two')
    const late = await call(proxy)
    late.socket.write('!')
    if (fault === 'half-open') await comes(heard, `${reaches}!`)
    expect([got(), late.got(), late.ended()]).toEqual(['ONE', '', null])
    late.socket.destroy()
    await comes(() => late.ended(), 'closed')
    // Both, though one of the callers has gone: word of that does not pass a blackhole.
    if (fault === 'blackhole') await comes(() => sockets.size, 2)
    if (fault === 'blackhole') expect(heard()).toBe('one')
    await proxy.mend()
    await comes(got, 'ONE TWO')
    await comes(() => sockets.size, 1)
  })

  it('takes two seconds each way', async () => {
    const { proxy } = await shouting()
    const { socket, got } = await call(proxy)
    await proxy.breakIt('latency')
    const asked = performance.now()
    socket.write('on')
    await comes(got, 'ON')
    expect(performance.now() - asked).toBeGreaterThan(3_990)
  })

  it('lets a byte pass each second', async () => {
    const { proxy, heard } = await shouting()
    const { socket, got } = await call(proxy)
    await proxy.breakIt('trickle')
    const asked = performance.now()
    socket.write('abc')
    await comes(heard, 'abc')
    expect(performance.now() - asked).toBeGreaterThan(2_990)
    await proxy.mend()
    await comes(got, 'ABC')
  })

  it('resets who is there and who comes, until it is mended', async () => {
    const { proxy, sockets } = await shouting()
    const there = await call(proxy)
    await comes(() => sockets.size, 1)
    await proxy.breakIt('reset')
    await comes(() => there.ended(), 'ECONNRESET')
    await comes(() => sockets.size, 0)
    const coming = await call(proxy)
    await comes(() => coming.ended(), 'ECONNRESET')
    await proxy.mend()
    const again = await call(proxy)
    again.socket.write('a')
    await comes(() => again.got(), 'A')
    expect(sockets.size).toBe(1)
  })

  it('has nobody listen, and has somebody at the same port again', async () => {
    const { proxy } = await shouting()
    const there = await call(proxy)
    await proxy.breakIt('refuse')
    await comes(() => there.ended(), 'ECONNRESET')
    expect((await call(proxy)).ended()).toBe('ECONNREFUSED')
    await proxy.mend()
    const again = await call(proxy)
    again.socket.write('a')
    await comes(() => again.got(), 'A')
  })

  it('leads whoever comes to another server, and leaves those that are there', async () => {
    const { proxy, heard } = await shouting()
    const other = await shouting()
    const there = await call(proxy)
    there.socket.write('a')
    await comes(() => there.got(), 'A')
    proxy.leadTo(other.proxy.url)
    const coming = await call(proxy)
    coming.socket.write('b')
    await comes(() => coming.got(), 'B')
    there.socket.write('c')
    await comes(() => there.got(), 'AC')
    expect([heard(), other.heard()]).toEqual(['ac', 'b'])
  })

  it.each([
    [false, 'one '],
    [true, 'one two'],
  ])('cuts every connection at a word that passes: %s', async (passes, reaches) => {
    const { proxy, heard } = await shouting()
    const [speaker, other] = [await call(proxy), await call(proxy)]
    speaker.socket.write('one ')
    await comes(() => speaker.got(), 'ONE ')
    proxy.cutAt('two', passes)
    speaker.socket.write('two')
    await comes(() => [speaker.ended(), other.ended()], ['ECONNRESET', 'ECONNRESET'])
    expect([heard(), speaker.got()]).toEqual([reaches, 'ONE '])
    const again = await call(proxy)
    again.socket.write('two')
    await comes(() => again.got(), 'TWO')
  })
})

describe("a broker's confirms", () => {
  const frame = (type: number, payload: number[]) =>
    Buffer.from([type, 0, 1, 0, 0, 0, payload.length, ...payload, 0xce])
  const ack = (tag: number) => frame(1, [0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 0, tag, 0])
  const deliver = frame(1, [0, 60, 0, 60, 1, 2, 3])
  const heartbeat = frame(8, [])

  it('are kept back, wherever the bytes are cut, and pass in their order', () => {
    let keepsBack = false
    const filter = confirmFilter(() => keepsBack)
    const through = (bytes: Buffer) => Buffer.concat([...bytes].map((byte) => filter(Buffer.from([byte]))))
    expect(through(ack(1))).toEqual(ack(1))
    keepsBack = true
    expect(through(Buffer.concat([ack(2), deliver, ack(3), heartbeat]))).toEqual(Buffer.concat([deliver, heartbeat]))
    keepsBack = false
    expect(filter(Buffer.alloc(0))).toEqual(Buffer.concat([ack(2), ack(3)]))
  })
})
